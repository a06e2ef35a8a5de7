// A file of the operating system's behind the port.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/runtime/descriptor.hpp"
#include "v4_replicated_kv/storage/disk.hpp"

namespace kv {

enum class Access { read_and_write, read_only };

class PosixFile : public File {
 public:
  PosixFile(Descriptor file, std::string path, Access access)
      : file_(std::move(file)), path_(std::move(path)), access_(access) {}

  [[nodiscard]] Result<void> write(std::uint64_t offset, std::string_view bytes) override;
  [[nodiscard]] Result<void> read(std::uint64_t offset, std::size_t count,
                                  std::string& out) const override;
  [[nodiscard]] Result<void> sync() override;
  [[nodiscard]] Result<void> resize(std::uint64_t size) override;
  [[nodiscard]] Result<std::uint64_t> size() const override;

 private:
  Descriptor file_;
  std::string path_;
  Access access_;
};

// What every change says that is asked of something opened to be read.
[[nodiscard]] std::unexpected<Error> opened_to_read(const std::string& path);

}  // namespace kv
