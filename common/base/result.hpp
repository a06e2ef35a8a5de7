// Bad luck is a value: a code for programs and one sentence for people.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace kv {

// The codes are decisions the caller can take; a program maps them to its exit status: 2 for
// bad_usage (the caller typed it), 1 for everything that failed while running.
enum class Errc {
  bad_usage,      // a flag or value that the program does not take
  not_found,      // a file that is not there
  io,             // reading or writing failed
  bad_input,      // a file that was read but does not hold what was promised
  out_of_memory,  // the machine cannot hold what was asked for
  corrupt,        // bytes changed after they were durable
  disk_full,      // no room; reads go on, and writes again once there is
  locked,         // another process has the data directory
  too_large,      // a key, a value or an index over its limit
  conflict,       // what is there now does not allow it
  stopped,        // an earlier failure ended it for good; a restart may help
};

struct Error {
  Errc code;
  std::string detail;  // what happened, to which file, node or flag, and what to do
};

template <class T>
using Result = std::expected<T, Error>;

// `return fail(Errc::io, "...")` in a function that returns a Result.
[[nodiscard]] inline std::unexpected<Error> fail(Errc code, std::string detail) {
  return std::unexpected(Error{code, std::move(detail)});
}

// Says that a result is left alone on purpose. Why, says the caller's comment.
template <class T>
void disregard(const Result<T>& /*result*/) {}

}  // namespace kv
