// A cluster in one process beside the least that a durable write can be: group commit
// into one file, on the same disk in the same run.
//
//   cluster_bench [--benchmark_...]     in a directory on the disk to be measured
//
// Three nodes that sync before they acknowledge, W = 2 and R = 2. Repetitions of all are
// interleaved.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "common/base/check.hpp"
#include "common/base/rng.hpp"
#include "tests/bench/bare_loops.hpp"
#include "tests/bench/batches.hpp"
#include "tests/bench/interleaved.hpp"
#include "v4_replicated_kv/runtime/cluster.hpp"

namespace {

using namespace kv;
namespace fs = std::filesystem;

constexpr std::uint64_t kKeys = 100'000;
constexpr int kRepetitions = 7;

const fs::path& scratch() {
  static const fs::path path = fs::current_path() / "cluster_bench.data";
  return path;
}

void put(Cluster& cluster, std::uint64_t key) {
  const auto put = cluster.put(key_of(key), kValue);
  if (!put.ok()) std::fputs((put.detail + "\n").c_str(), stderr);
  KV_CHECK(put.ok(), "a put succeeds");
}

// Closed at the end of main(), before their files are gone.
std::vector<std::unique_ptr<Cluster>>& clusters() {
  static std::vector<std::unique_ptr<Cluster>> by_loops(4);
  return by_loops;
}

// Opened when it is first used, and kept.
Cluster& cluster_on(std::size_t loops) {
  auto& cluster = clusters().at(loops);
  if (!cluster) {
    ClusterOptions options;
    options.loops = loops;
    const std::string path = (scratch() / fmt::format("loops-{}", loops)).string();
    auto opened = Cluster::open(path, options);
    if (!opened) {
      std::fputs((opened.error().detail + "\n").c_str(), stderr);
      std::abort();
    }
    cluster = *std::move(opened);
    std::vector<std::jthread> fillers;
    for (std::uint64_t t = 0; t < 64; ++t) {
      fillers.emplace_back([&, t] {
        for (std::uint64_t i = t; i < kKeys; i += 64) put(*cluster, i);
      });
    }
  }
  return *cluster;
}

// A client alone takes longer for each; its batch is shorter.
int each_of(int threads, int by_one, int by_all) {
  return std::min(by_one, by_all / threads);
}

void add_cluster(std::size_t loops, int threads) {
  const std::string who = fmt::format("cluster, {} loop{}", loops, loops == 1 ? "" : "s");
  add_batch("durable put", who, threads, kRepetitions, [=](benchmark::State& state) {
    Cluster& cluster = cluster_on(loops);
    run_batch(state, threads, each_of(threads, 2000, 20'000),
              [&](Rng& rng) { put(cluster, rng.below(kKeys)); });
  });
  add_batch("quorum get", who, threads, kRepetitions, [=](benchmark::State& state) {
    Cluster& cluster = cluster_on(loops);
    run_batch(state, threads, each_of(threads, 5000, 20'000), [&](Rng& rng) {
      const auto got = cluster.get(key_of(rng.below(kKeys)));
      KV_CHECK(got.ok() && got.values.size() == 1, "the key is there");
    });
  });
}

void add_one_file(int threads) {
  add_batch(
      "durable put", "one file", threads, kRepetitions, [=](benchmark::State& state) {
        static peers::BareGroupCommit file((scratch() / "one file").string());
        run_batch(state, threads, each_of(threads, 4000, 40'000),
                  [&](Rng& rng) { file.put(key_of(rng.below(kKeys)), kValue, true); });
      });
}

}  // namespace

int main(int argc, char** argv) {
  if (!start_interleaved(argc, argv)) return 2;
  fs::remove_all(scratch());
  fs::create_directory(scratch());
  for (const int threads : {1, 4, 16, 64}) {
    add_one_file(threads);
    for (const std::size_t loops : {1U, 3U}) add_cluster(loops, threads);
  }
  benchmark::RunSpecifiedBenchmarks();
  clusters().clear();
  fs::remove_all(scratch());
}
