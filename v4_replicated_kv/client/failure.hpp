// Why a request has no answer of the kind that was hoped for.
//
// Breaks if  `is_unknown` is read as "failed": such a write may be there, or appear later.
#pragma once

#include <cstddef>
#include <expected>
#include <string>

namespace kv {

struct Failure {
  std::string code;         // the interface's word: "write_quorum_not_reached", "timeout"
  std::string detail;       // what happened, for a person
  int http_status = 0;      // 0: nothing was answered
  bool is_unknown = false;  // of a write
  std::size_t acks = 0;     // owners that acknowledged or answered,
  std::size_t needed = 0;   // of those; 0: not a matter of owners
};

template <class T>
using Answered = std::expected<T, Failure>;

}  // namespace kv
