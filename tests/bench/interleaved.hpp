// How all benchmarks here start: with the repetitions of all of them in random order, so
// that a machine that slows down for a while slows all of them, and medians stay
// comparable.
#pragma once

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace kv {

// Reads the command line; false, and it is said on stderr, if a word there means nothing.
// A flag of the caller's comes after ours, and wins.
[[nodiscard]] inline bool start_interleaved(int argc, char** argv) {
  static std::string interleave = "--benchmark_enable_random_interleaving=true";
  std::vector<char*> arguments(argv, argv + argc);
  arguments.insert(arguments.begin() + 1, interleave.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  return !benchmark::ReportUnrecognizedArguments(count, arguments.data());
}

}  // namespace kv
