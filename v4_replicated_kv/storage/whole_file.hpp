// Small files that are read and written whole.
//
// Breaks if  one is written in place: a crash in between leaves neither the old nor the
//           new.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/storage/disk.hpp"

namespace kv {

// The ring that this disk's node belongs to: placement/ring_bytes.hpp.
inline constexpr std::string_view kRingName = "RING";

// Replaces it, durably: file, sync, rename, sync of the names. NAME.tmp is taken for
// that.
[[nodiscard]] Result<void> replace_file(Disk& disk, const std::string& name,
                                        std::string_view bytes);

// Errc::not_found where there is none, Errc::corrupt for one that is longer.
[[nodiscard]] Result<std::string> read_whole_file(Disk& disk, const std::string& name,
                                                  std::size_t bytes_max);

}  // namespace kv
