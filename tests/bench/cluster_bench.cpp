// A cluster in one process beside the least that a durable write can be: group commit into
// one file, on the same disk in the same run.
//
//   cluster_bench [--benchmark_...]     in a directory on the disk to be measured
//
// Three nodes that sync before they acknowledge, W = 2 and R = 2; keys of 16 bytes, values of
// 100. An iteration is a whole batch of operations by so many threads, timed from the first
// to the last; repetitions of all are interleaved.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "common/base/check.hpp"
#include "common/base/rng.hpp"
#include "tests/bench/bare_loops.hpp"
#include "tests/bench/interleaved.hpp"
#include "v4_replicated_kv/runtime/cluster.hpp"

namespace {

using namespace kv;
namespace fs = std::filesystem;

constexpr std::uint64_t kKeys = 100'000;
const std::string kValue(100, 'v');

std::string key_of(std::uint64_t number) {
  return fmt::format("key-{:012}", number);
}

const fs::path& scratch() {
  static const fs::path path = fs::current_path() / "cluster_bench.data";
  return path;
}

double seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// `operation(rng)` so often in each of so many threads.
template <class Operation>
void run_batch(benchmark::State& state, int threads, int each, Operation operation) {
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

void add(const char* group, const std::string& who, int threads, auto function) {
  constexpr int kRepetitions = 7;
  benchmark::RegisterBenchmark(fmt::format("{}/{}/{}", group, who, threads).c_str(),
                               function)
      ->UseManualTime()
      ->Iterations(1)
      ->Repetitions(kRepetitions);
}

void put(Cluster& cluster, std::uint64_t key) {
  const auto put = cluster.put(key_of(key), kValue);
  if (!put.ok()) std::fputs((put.detail + "\n").c_str(), stderr);
  KV_CHECK(put.ok(), "a put succeeds");
}

// Opened when it is first used, and kept.
Cluster& cluster_on(std::size_t loops) {
  static std::vector<std::unique_ptr<Cluster>> all(4);
  auto& cluster = all.at(loops);
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

int each_of(int threads, int all) {
  return all / threads;
}

void add_cluster(std::size_t loops, int threads) {
  const std::string who = fmt::format("cluster, {} loop{}", loops, loops == 1 ? "" : "s");
  add("durable put", who, threads, [=](benchmark::State& state) {
    Cluster& cluster = cluster_on(loops);
    run_batch(state, threads, each_of(threads, threads == 1 ? 2000 : 20'000),
              [&](Rng& rng) { put(cluster, rng.below(kKeys)); });
  });
  add("quorum get", who, threads, [=](benchmark::State& state) {
    Cluster& cluster = cluster_on(loops);
    run_batch(state, threads, each_of(threads, threads == 1 ? 10'000 : 40'000),
              [&](Rng& rng) {
                const auto got = cluster.get(key_of(rng.below(kKeys)));
                KV_CHECK(got.ok() && got.values.size() == 1, "the key is there");
              });
  });
}

template <class Peer>
void add_peer(const char* who, int threads) {
  add("durable put", who, threads, [=](benchmark::State& state) {
    static Peer peer((scratch() / who).string());
    run_batch(state, threads, each_of(threads, threads == 1 ? 4000 : 40'000),
              [&](Rng& rng) { peer.put(key_of(rng.below(kKeys)), kValue, true); });
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (!start_interleaved(argc, argv)) return 2;
  fs::remove_all(scratch());
  fs::create_directory(scratch());
  for (const int threads : {1, 16, 64}) {
    for (const std::size_t loops : {1U, 3U}) add_cluster(loops, threads);
  }
  add_peer<peers::BareLoop>("bare loop", 1);
  for (const int threads : {16, 64}) {
    add_peer<peers::BareGroupCommit>("bare group commit", threads);
  }
  benchmark::RunSpecifiedBenchmarks();
  fs::remove_all(scratch());
}
