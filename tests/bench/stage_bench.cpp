// What a stage's default run costs beside what it cannot avoid: hashing every key once,
// and counting every key once in each state of the cluster.
//
// Repetitions of all benchmarks are interleaved, so that a machine that slows down slows
// all of them; tests/bench/figures.cpp puts the medians side by side.
#include <array>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "common/base/check.hpp"
#include "common/lesson/run_stage.hpp"
#include "tests/bench/interleaved.hpp"
#include "v1_modular/placement.hpp"
#include "v2_consistent/placement.hpp"
#include "v3_virtual_nodes/fast_ring.hpp"

namespace {

constexpr const char* kFloor = "hash_and_count";

// A stage's default run with trials off, as its command line makes it.
kv::Options default_options(const kv::Chapter& stage) {
  const std::array<const char*, 3> words{stage.program.name.data(), "--trials", "0"};
  const auto parsed = kv::parse_options(stage.program, words.size(), words.data());
  KV_CHECK(parsed.has_value(), "the default flags are valid");
  return std::get<kv::Options>(*parsed);
}

kv::KeySet read_keys(const kv::Options& options) {
  kv::Progress silent(false);
  auto keys = kv::read_keys(options.keys, options.hasher, silent);
  KV_CHECK(keys.has_value(), "made-up keys can always be read");
  return std::move(*keys);
}

// The floor: the same keys, hashed and kept; then, per state, one count of every key by
// its lowest two bits, which is the cheapest placement there is.
void hash_and_count(benchmark::State& state) {
  const kv::Options options = default_options(kv::kModularStage);
  for (auto _ : state) {
    const kv::KeySet keys = read_keys(options);
    for (std::size_t s = 0; s < options.scenario.states.size(); ++s) {
      std::array<std::uint64_t, 4> counts{};
      for (const kv::KeyHash key : keys.hashes) ++counts[key.raw() % 4];
      benchmark::DoNotOptimize(counts);
    }
  }
}

template <class Make>
void stage(benchmark::State& state, const kv::Chapter& stage, Make make, bool sweeps) {
  const kv::Options options = default_options(stage);
  kv::Progress silent(false);
  for (auto _ : state) {
    const kv::KeySet keys = read_keys(options);
    kv::ExperimentPlan plan = kv::plan_for(stage, options);
    plan.sweeps_vnodes = sweeps;
    benchmark::DoNotOptimize(kv::Experiment(plan, keys, make, silent).run());
  }
}

void add(const char* name, auto function) {
  benchmark::RegisterBenchmark(name, function)
      ->Unit(benchmark::kMillisecond)
      ->Repetitions(9)
      ->ReportAggregatesOnly(false);
}

}  // namespace

int main(int argc, char** argv) {
  if (!kv::start_interleaved(argc, argv)) return 2;
  add(kFloor, &hash_and_count);
  const auto modular = [](const kv::Setup&) { return kv::ModularPlacement(); };
  const auto ring = [](const kv::Setup& s) { return kv::RingPlacement(s.hash); };
  const auto vnodes = [](const kv::Setup& s) { return kv::FastRing(s.hash, s.vnodes); };
  add("v1_modular", [=](auto& s) { stage(s, kv::kModularStage, modular, false); });
  add("v2_consistent", [=](auto& s) { stage(s, kv::kRingStage, ring, false); });
  add("v3_virtual_nodes",
      [=](auto& s) { stage(s, kv::kVirtualNodeStage, vnodes, false); });
  add("v3_virtual_nodes and sweep",
      [=](auto& s) { stage(s, kv::kVirtualNodeStage, vnodes, true); });
  benchmark::RunSpecifiedBenchmarks();
}
