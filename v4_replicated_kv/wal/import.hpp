// `wal import`: lines into a store.
//
// Breaks if  "imported" is said before it is durable, or a line that cannot be read takes
//            those before it along: what was counted is on the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/runtime/store.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

struct Imported {
  std::uint64_t lines = 0;  // that changed the store, and are durable
  std::uint64_t sets = 0;
  std::uint64_t deletes = 0;
  std::optional<Error> error{};  // what ended it, with the line's number
};

// Appends up to `count` bytes to the text; none at the end.
using ReadText = std::function<Result<void>(std::size_t count, std::string& text)>;

// Puts and deletes in the order of the lines, up to the first that cannot be read. Times
// of expiry that are over at `now` read as deleted.
[[nodiscard]] Imported import_lines(Store& store, WallMs now, const ReadText& read);

}  // namespace kv
