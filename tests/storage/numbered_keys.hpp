// Keys with a number, for tests that put many.
#pragma once

#include <string>

namespace kv::test {

inline std::string key_of(int i) {
  return "key-" + std::to_string(i);
}

}  // namespace kv::test
