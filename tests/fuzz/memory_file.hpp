// A file that is a string: what a reader of files is handed by a fuzz target.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "v4_replicated_kv/storage/disk.hpp"

namespace kv::fuzz {

class MemoryFile final : public File {
 public:
  explicit MemoryFile(std::string_view bytes) : bytes_(bytes) {}

  Result<void> write(std::uint64_t /*offset*/, std::string_view /*bytes*/) override {
    return fail(Errc::io, "only to be read");
  }
  Result<void> read(std::uint64_t offset, std::size_t count,
                    std::string& out) const override {
    if (offset < bytes_.size()) out += bytes_.substr(offset, count);
    return {};
  }
  Result<void> sync() override { return {}; }
  Result<void> resize(std::uint64_t /*size*/) override {
    return fail(Errc::io, "only to be read");
  }
  Result<std::uint64_t> size() const override { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

}  // namespace kv::fuzz
