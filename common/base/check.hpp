// A broken promise stops the program, in every build type.
//
// Why       a placement that answers after its own rules were broken would print
//           plausible, wrong numbers. Bad input is not a broken promise: it is a Result.
// Left out  levels, logging, exceptions: there is nothing to recover to.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace kv {

[[noreturn]] inline void check_failed(const char* file, int line, const char* condition,
                                      const char* message) {
  std::fprintf(stderr, "%s:%d: broken promise: %s (%s)\n", file, line, message,
               condition);
  std::abort();
}

}  // namespace kv

// Stops the program with the place and the sentence unless `condition` holds.
#define KV_CHECK(condition, message)  \
  ((condition) ? static_cast<void>(0) \
               : ::kv::check_failed(__FILE__, __LINE__, #condition, (message)))
