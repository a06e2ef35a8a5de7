// What a program does that refuses: one line on standard error, and nothing else.
#pragma once

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "tests/programs/run_program.hpp"

namespace kv {

// `part` is in the line.
inline void check_refused(const ProgramEnd& outcome, int status,
                          const std::string& part) {
  CAPTURE(outcome.err);
  CHECK(outcome.status == status);
  CHECK(outcome.out.empty());
  CHECK(std::ranges::count(outcome.err, '\n') == 1);
  CHECK(outcome.err.ends_with('\n'));
  CHECK(outcome.err.find(part) != std::string::npos);
}

// The same, and the line begins with who says so.
inline void check_refused_by(const std::string& program, const ProgramEnd& outcome,
                             int status, const std::string& part) {
  check_refused(outcome, status, part);
  CAPTURE(outcome.err);
  CHECK(outcome.err.starts_with(program + ": "));
}

}  // namespace kv
