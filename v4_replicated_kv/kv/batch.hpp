// `kv batch`: lines of a log's dump, done to a running store.
//
// Idea      many operations go in one request, so that a round trip is shared. They are done
//           in no order within it; so a line about a key that is in the batch already waits
//           for the next.
// Breaks if  two lines about one key go out together: the earlier may win.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/client/client.hpp"

namespace kv {

struct BatchDone {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;              // of these nothing was written
  std::uint64_t unknown = 0;             // of these nobody knows
  std::vector<std::string> sentences{};  // what failed, with its line; the first hundred
};

// Reads to the end, and prints what was read as it comes. Errc::bad_input, naming the line,
// for one that is none; what stands before it is done.
[[nodiscard]] Result<BatchDone> run_lines(std::FILE& input, Client& client, bool json);

}  // namespace kv
