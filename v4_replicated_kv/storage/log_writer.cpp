#include "v4_replicated_kv/storage/log_writer.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/base/check.hpp"

namespace kv {

namespace {

constexpr std::string_view kSparePrefix = "spare-";

Result<void> fill_with_zeros(File& file, std::uint64_t bytes) {
  const std::string zeros(std::min<std::uint64_t>(bytes, std::uint64_t{1} << 20), '\0');
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
  return name.starts_with(kSparePrefix) || name.starts_with(kReserveName);
}

Result<void> make_spare(Disk& disk, const std::string& name, std::uint64_t bytes) {
  const std::string unfinished = name + ".tmp";
  auto file = disk.create(unfinished);
  if (!file) return std::unexpected(file.error());
  if (auto filled = fill_with_zeros(**file, bytes); !filled) {
    file->reset();
    // What failed is worth more than whether its remains could be removed: if not, the
    // next start does.
    (void)disk.remove(unfinished);
    return filled;
  }
  return disk.rename(unfinished, name);
}

Result<void> LogWriter::begin(const SegmentHeader& header) {
  const std::string spare = spare_name(header.nonce);
  auto file = disk_.open(spare);
  if (!file) return std::unexpected(file.error());
  if (auto written = (*file)->write(0, encode_segment_header(header)); !written) {
    return written;
  }
  if (auto synced = (*file)->sync(); !synced) return synced;
  if (auto named = disk_.rename(spare, segment_name(header.id)); !named) return named;
  if (auto synced = disk_.sync_names(); !synced) return synced;
  file_ = std::move(*file);
  return {};
}

Result<void> LogWriter::write(const GroupWrite& group) {
  if (group.begins) {
    if (auto begun = begin(group.segment); !begun) return begun;
  }
  KV_CHECK(file_ != nullptr, "a segment's first group makes its file");
  if (auto written = file_->write(group.offset, group.bytes); !written) return written;
  return group.seals ? file_->sync() : Result<void>{};
}

Result<void> LogWriter::sync() {
  return file_ == nullptr ? Result<void>{} : file_->sync();
}

}  // namespace kv
