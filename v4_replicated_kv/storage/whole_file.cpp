#include "v4_replicated_kv/storage/whole_file.hpp"

#include <fmt/format.h>

#include "v4_replicated_kv/storage/manifest.hpp"

namespace kv {

Result<void> replace_file(Disk& disk, const std::string& name, std::string_view bytes) {
  const std::string unfinished = name + ".tmp";
  if (const auto made = write_new_file(disk, unfinished, bytes); !made) {
    return std::unexpected(made.error());
  }
  if (auto renamed = disk.rename(unfinished, name); !renamed) return renamed;
  return disk.sync_names();
}

Result<std::string> read_whole_file(Disk& disk, const std::string& name,
                                    std::size_t bytes_max) {
  const auto file = disk.open(name);
  if (!file) return std::unexpected(file.error());
  std::string bytes;
  if (auto read = (*file)->read(0, bytes_max + 1, bytes); !read) {
    return std::unexpected(read.error());
  }
  if (bytes.size() <= bytes_max) return bytes;
  return fail(Errc::corrupt, fmt::format("{}: is longer than it can be", name));
}

}  // namespace kv
