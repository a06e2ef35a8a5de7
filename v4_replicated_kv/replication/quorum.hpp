// How many copies a request waits for.
//
// Idea      N copies; a write waits for W of them, a read for R. Where R + W > N every read
//           asks at least one copy that has the last acknowledged write.
// Breaks if  "R + W > N" is taken for a property of the cluster. It is one of a pair of
//           requests: a write that waited for one copy is not seen by every read of two.
// Left out  what a level is worth: README.md has the table.
// Source    Gifford, "Weighted Voting for Replicated Data", SOSP 1979.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "common/base/result.hpp"

namespace kv {

// The letters of the papers.
struct Quorum {
  std::size_t n = 3;  // copies
  std::size_t r = 2;  // answers that a read waits for
  std::size_t w = 2;  // acknowledgements that a write waits for
};

// More than half: any two majorities share a copy.
[[nodiscard]] constexpr std::size_t majority(std::size_t n) {
  return n / 2 + 1;
}

enum class Level : std::uint8_t {
  one,           // any copy: fast, perhaps old
  quorum,        // a majority
  all,           // every copy: none may be down
  linearizable,  // a majority, and readers never go back in time
};

// What a person calls them, in their order.
inline constexpr std::array<std::string_view, 4> kLevelNames{"one", "quorum", "all",
                                                             "linearizable"};

// What a request says; nothing means the cluster's own R or W.
struct Consistency {
  std::optional<Level> level{};
  std::optional<std::size_t> answers{};  // R or W as a number; not both
};

struct Demand {
  std::size_t answers = 0;
  bool linearizable = false;
};

// What a request comes to where there are `n` copies, and `own` is the cluster's R or W.
// Errc::bad_usage for a number that is not 1 to n, and for a number beside a level.
[[nodiscard]] inline Result<Demand> demand_of(const Consistency& asked, std::size_t n,
                                              std::size_t own) {
  if (asked.level && asked.answers) {
    return fail(Errc::bad_usage, "a level says how many copies: leave out the number");
  }
  if (asked.answers && (*asked.answers == 0 || *asked.answers > n)) {
    return fail(Errc::bad_usage, fmt::format("{} copies cannot answer: there are 1 to {}",
                                             *asked.answers, n));
  }
  if (!asked.level) return Demand{.answers = asked.answers.value_or(own)};
  switch (*asked.level) {
    case Level::one:
      return Demand{.answers = 1};
    case Level::quorum:
      return Demand{.answers = majority(n)};
    case Level::all:
      return Demand{.answers = n};
    case Level::linearizable:
      break;
  }
  return Demand{.answers = majority(n), .linearizable = true};
}

}  // namespace kv
