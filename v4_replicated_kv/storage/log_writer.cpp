#include "v4_replicated_kv/storage/log_writer.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/base/check.hpp"

namespace kv {

namespace {

constexpr std::string_view kSparePrefix = "spare-";

// In small pieces: the kernel caches what was written at once as one large page, and goes
// through all of it for each record that is written into it later.
constexpr std::uint64_t kPieceBytes = 4096;

Result<void> fill_with_zeros(File& file, std::uint64_t bytes) {
  const std::string zeros(std::min(bytes, kPieceBytes), '\0');
  for (std::uint64_t at = 0; at < bytes; at += zeros.size()) {
    const std::uint64_t count = std::min<std::uint64_t>(zeros.size(), bytes - at);
    if (auto written = file.write(at, std::string_view(zeros).substr(0, count));
        !written) {
      return written;
    }
  }
  return file.sync();
}

}  // namespace

std::string spare_name(std::uint64_t nonce) {
  return fmt::format("{}{:016x}", kSparePrefix, nonce);
}

bool is_spare(std::string_view name) {
  return name.starts_with(kSparePrefix);
}

Result<std::shared_ptr<File>> make_spare(Disk& disk, const std::string& name,
                                         std::uint64_t bytes) {
  const std::string unfinished = name + ".tmp";
  auto file = disk.create(unfinished);
  if (!file) return std::unexpected(file.error());
  if (auto filled = fill_with_zeros(**file, bytes); !filled) {
    // What failed is worth more than whether its remains could be removed: if not, the
    // next start does.
    disregard(disk.remove(unfinished));
    return std::unexpected(filled.error());
  }
  if (auto named = disk.rename(unfinished, name); !named) {
    return std::unexpected(named.error());
  }
  return std::move(*file);
}

Result<void> LogWriter::begin(const SegmentHeader& header,
                              const std::shared_ptr<File>& spare) {
  if (auto written = spare->write(0, encode_segment_header(header)); !written) {
    return written;
  }
  if (auto synced = spare->sync(); !synced) return synced;
  const std::string name = segment_name(header.id);
  if (auto named = disk_.rename(spare_name(header.nonce), name); !named) return named;
  if (auto synced = disk_.sync_names(); !synced) return synced;
  file_ = spare;
  return {};
}

Result<void> LogWriter::write(const GroupWrite& group) {
  if (group.begins != nullptr) {
    if (auto begun = begin(group.segment, group.begins); !begun) return begun;
  }
  KV_CHECK(file_ != nullptr, "a segment's first group makes its file");
  if (auto written = file_->write(group.offset, group.bytes); !written) return written;
  return group.seals ? file_->sync() : Result<void>{};
}

Result<void> LogWriter::sync() {
  return file_ == nullptr ? Result<void>{} : file_->sync();
}

}  // namespace kv
