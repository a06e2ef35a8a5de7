// Any bytes at all, from a seed.
#pragma once

#include <cstddef>
#include <string>

#include "common/base/rng.hpp"

namespace kv {

inline std::string random_bytes(Rng& rng, std::size_t count) {
  std::string bytes(count, '\0');
  for (char& byte : bytes) byte = static_cast<char>(rng.below(256));
  return bytes;
}

}  // namespace kv
