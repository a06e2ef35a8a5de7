// Whole runs of a simulated cluster: nothing is found in the store, and each mistake is.
#include "v4_replicated_kv/simulation/random_run.hpp"

#include <cstdint>
#include <string>

#include <doctest/doctest.h>

using namespace kv;

TEST_CASE("200 seeds keep every promise") {
  std::size_t ok = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    const RunReport report = random_run({.seed = seed});
    if (report.broken) FAIL_CHECK(report.broken->promise, ": ", report.broken->sentence);
    ok += report.ok;
  }
  CHECK(ok > 20'000);  // or nothing was tried
}

TEST_CASE("a seed is one run: the same number for every message, answer and fault") {
  for (std::uint64_t seed = 1; seed <= 200; seed += 20) {
    CAPTURE(seed);
    const RunReport once = random_run({.seed = seed});
    const RunReport again = random_run({.seed = seed, .keeps_lines = true});
    CHECK(once.trace_hash == again.trace_hash);
    CHECK(again.lines.size() > 100);
    CHECK(random_run({.seed = seed + 1}).trace_hash != once.trace_hash);
  }
}

namespace {

// How many seeds it takes, from 1 on, to find the mistake by a check of what clients saw.
// That requests fail afterwards would be found too, but is not what the mistake is about.
std::uint64_t seeds_to_find(Mistake mistake) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    const RunReport report = random_run({.seed = seed, .mistake = mistake});
    if (report.broken && report.broken->promise != "live") return seed;
  }
  return 0;
}

}  // namespace

TEST_CASE("each mistake is found within 2000 seeds") {
  for (const MistakeName& one : kMistakes) {
    if (one.is_rare) continue;
    const std::uint64_t seeds = seeds_to_find(one.mistake);
    CAPTURE(one.name);
    MESSAGE(std::string(one.name), ": found by seed ", seeds);
    CHECK(seeds > 0);
  }
}
