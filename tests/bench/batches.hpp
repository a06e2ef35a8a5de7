// Whole batches of operations by so many threads, timed from the first to the last: what
// stores and clusters are measured by. Keys of 16 bytes, values of 100.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "common/base/rng.hpp"

namespace kv {

inline const std::string kValue(100, 'v');

inline std::string key_of(std::uint64_t number) {
  return fmt::format("key-{:012}", number);
}

inline double seconds(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// `operation(rng)` so often in each of so many threads.
void run_batch(benchmark::State& state, int threads, int each, const auto& operation) {
  static std::uint64_t seed = 0;
  for (auto _ : state) {
    state.SetIterationTime(seconds([&] {
      std::vector<std::jthread> workers;
      for (int t = 1; t < threads; ++t) {
        workers.emplace_back([&, s = ++seed] {
          Rng rng(s);
          for (int i = 0; i < each; ++i) operation(rng);
        });
      }
      Rng rng(++seed);
      for (int i = 0; i < each; ++i) operation(rng);
    }));
  }
  state.SetItemsProcessed(state.iterations() * threads * each);
}

// An iteration is a batch: "group/who/size".
void add_batch(std::string_view group, std::string_view who, int size, int repetitions,
               const auto& function) {
  const std::string name = fmt::format("{}/{}/{}", group, who, size);
  benchmark::RegisterBenchmark(name.c_str(), function)
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(repetitions);
}

}  // namespace kv
