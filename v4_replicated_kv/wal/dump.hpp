// `wal dump`: everything that a log holds, as lines.
//
// Idea      compaction leaves old records in new files, so the order of the files is not
//           that of the writes. Two passes: the first checks everything and keeps of each
//           record its number and its place, 16 bytes; these are sorted; the second reads
//           each record where it lies. A log of any size needs no more memory than that,
//           less than the store needs for its keys.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/storage/scan.hpp"
#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/wal/log_files.hpp"

namespace kv {

struct DumpOptions {
  bool all_columns = false;
  WallMs now{};  // values whose time was over by then read as deleted
};

// Hands the lines to `write`, many at a time, in the order of the records' numbers. What
// is void because its partition was dropped is left out, and a remark says so. Returns
// the damage, of which every whole record is left; an error is one of `write`.
using WriteText = std::function<Result<void>(std::string_view text)>;
[[nodiscard]] Result<std::vector<Damage>> dump(const LogFiles& files,
                                               const DumpOptions& options,
                                               const WriteText& write);

}  // namespace kv
