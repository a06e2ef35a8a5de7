// What a store_writer does: the same in the program that does it and in the test that
// judges what is left, without a word between them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/rng.hpp"

namespace kv::test {

inline constexpr std::uint64_t kKeysOfAThread = 24;

struct Operation {
  std::string key;
  std::optional<std::string> value;  // nothing: the key is deleted
};

// The op-th thing that a thread does in the writer's so-manieth life. No two threads
// share a key, so what a key may hold is known.
inline Operation operation_of(std::uint64_t life, std::uint64_t thread,
                              std::uint64_t op) {
  Rng rng(life * 1'000'003 + thread * 10'007 + op);
  std::string key = "t";
  key += std::to_string(thread) + "-" + std::to_string(rng.below(kKeysOfAThread));
  if (rng.below(8) == 0) return {.key = std::move(key), .value = std::nullopt};
  std::string value = "life " + std::to_string(life) + " thread " +
                      std::to_string(thread) + " op " + std::to_string(op) + " ";
  const bool is_long = rng.below(16) == 0;  // then it is compressed as well
  value.append(is_long ? 3000 : rng.below(900), static_cast<char>('a' + op % 26));
  return {.key = std::move(key), .value = std::move(value)};
}

}  // namespace kv::test
