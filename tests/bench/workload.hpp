// The keys and nodes that all placement benchmarks work on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "common/hash/functions.hpp"
#include "common/placement.hpp"

namespace kv {

using Hash = std::uint64_t (*)(std::string_view);

inline constexpr std::uint64_t kVnodes = 160;  // what most rings use
inline constexpr std::size_t kKeys = 1 << 20;
inline constexpr std::size_t kBatch = 1 << 13;  // keys an iteration

inline std::vector<Node> cluster(std::size_t nodes) {
  std::vector<Node> made;
  for (std::uint32_t i = 0; i < nodes; ++i) {
    made.push_back({.id = NodeId{i}, .name = fmt::format("node_{}", i + 1)});
  }
  return made;
}

// 16 bytes each, side by side.
inline const std::vector<std::array<char, 16>>& keys() {
  static const auto all = [] {
    std::vector<std::array<char, 16>> made(kKeys);
    for (std::size_t i = 0; i < kKeys; ++i) {
      fmt::format_to_n(made[i].data(), 16, "key-{:012}", i);
    }
    return made;
  }();
  return all;
}

inline const std::vector<KeyHash>& hashes() {
  static const auto all = [] {
    std::vector<KeyHash> made;
    for (const auto& key : keys()) made.emplace_back(xxh3({key.data(), key.size()}));
    return made;
  }();
  return all;
}

// The structure for `nodes` nodes, made once and kept for all repetitions.
template <class Structure, std::uint64_t vnodes>
const Structure& kept(std::size_t nodes) {
  static std::map<std::size_t, Structure> all;
  const auto found = all.find(nodes);
  if (found != all.end()) return found->second;
  return all.emplace(nodes, Structure(cluster(nodes), vnodes)).first->second;
}

template <class Work>
void for_each_batch(benchmark::State& state, Work work) {
  std::size_t begin = 0;
  for (auto _ : state) {
    work(begin, begin + kBatch);
    begin = (begin + kBatch) % kKeys;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBatch));
}

}  // namespace kv
