// What a stage's default run costs beside what it cannot avoid: hashing every key once,
// and counting every key once in each state of the cluster.
//
// Repetitions of all benchmarks are interleaved, so that a machine that slows down slows
// all of them; the last table gives medians and their ratio.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "common/base/check.hpp"
#include "common/lesson/run_stage.hpp"
#include "v1_modular/placement.hpp"
#include "v2_consistent/placement.hpp"
#include "v3_virtual_nodes/placement.hpp"

namespace {

constexpr const char* kFloor = "hash_and_count";

// A stage's default run with trials off, as its command line makes it.
kv::Options default_options(const kv::Stage& stage) {
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
void stage(benchmark::State& state, const kv::Stage& stage, Make make, bool sweeps) {
  const kv::Options options = default_options(stage);
  kv::Progress silent(false);
  for (auto _ : state) {
    const kv::KeySet keys = read_keys(options);
    kv::ExperimentPlan plan = kv::plan_for(stage, options);
    plan.sweeps_vnodes = sweeps;
    benchmark::DoNotOptimize(kv::Experiment(plan, keys, make, silent).run());
  }
}

// Prints as usual, keeps every repetition, and closes with the medians side by side.
class RatioReporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const Run& run : runs) {
      if (run.run_type == Run::RT_Aggregate || run.error_occurred) continue;
      milliseconds_[run.run_name.function_name].push_back(run.GetAdjustedRealTime());
    }
  }

  void Finalize() override {
    const double floor = median(kFloor);
    fmt::print("\n{:<30}{:>12}{:>12}{:>12}{:>12}\n", "", "min ms", "median ms", "max ms",
               "ratio");
    for (const auto& [name, times] : milliseconds_) {
      const auto [low, high] = std::ranges::minmax(times);
      fmt::print("{:<30}{:>12.2f}{:>12.2f}{:>12.2f}{:>12.2f}\n", name, low, median(name),
                 high, median(name) / floor);
    }
  }

 private:
  double median(const std::string& name) {
    std::vector<double> times = milliseconds_[name];
    KV_CHECK(!times.empty(), "run all benchmarks: the ratio needs hash_and_count");
    std::ranges::sort(times);
    return times[times.size() / 2];
  }

  std::map<std::string, std::vector<double>> milliseconds_;
};

void add(const char* name, auto function) {
  benchmark::RegisterBenchmark(name, function)
      ->Unit(benchmark::kMillisecond)
      ->Repetitions(9)
      ->ReportAggregatesOnly(false);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<char*> arguments(argv, argv + argc);
  std::string interleave = "--benchmark_enable_random_interleaving=true";
  arguments.push_back(interleave.data());
  int count = static_cast<int>(arguments.size());
  benchmark::Initialize(&count, arguments.data());
  if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;

  add(kFloor, &hash_and_count);
  const auto modular = [](const kv::Setup&) { return kv::ModularPlacement(); };
  const auto ring = [](const kv::Setup& s) { return kv::RingPlacement(s.hash); };
  const auto vnodes = [](const kv::Setup& s) {
    return kv::VirtualNodePlacement(s.hash, s.vnodes);
  };
  add("v1_modular", [=](auto& s) { stage(s, kv::kModularStage, modular, false); });
  add("v2_consistent", [=](auto& s) { stage(s, kv::kRingStage, ring, false); });
  add("v3_virtual_nodes",
      [=](auto& s) { stage(s, kv::kVirtualNodeStage, vnodes, false); });
  add("v3_virtual_nodes and sweep",
      [=](auto& s) { stage(s, kv::kVirtualNodeStage, vnodes, true); });
  RatioReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
}
