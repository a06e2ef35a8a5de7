// The store beside the engines that a user would otherwise pick, on the same disk in the
// same run: keys of 16 bytes, values of 100, a million keys at random.
//
//   storage_bench [--benchmark_...]     in a directory on the disk to be measured
//
// Repetitions of all are interleaved.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/rng.hpp"
#include "tests/bench/batches.hpp"
#include "tests/bench/interleaved.hpp"
#include "tests/bench/storage_peers.hpp"

namespace {

using namespace kv;
namespace fs = std::filesystem;

constexpr std::uint64_t kKeys = 1'000'000;
constexpr std::uint64_t kOpened = 2'000'000;
constexpr int kOpenedMillions = 2;
constexpr int kRepetitions = 9;
constexpr int kRepetitionsOpen = 5;  // peers take long

const fs::path& scratch() {
  static const fs::path path = fs::current_path() / "storage_bench.data";
  return path;
}

// Closed at the end of main(), before what they use is gone.
std::vector<std::shared_ptr<void>>& kept_open() {
  static std::vector<std::shared_ptr<void>> peers;
  return peers;
}

double ratio(auto of, auto to) {
  return static_cast<double>(of) / static_cast<double>(to);
}

// So far; 0 of a peer that does not count them.
std::uint64_t syncs_of(const auto& peer) {
  if constexpr (requires { peer.store(); }) return peer.store().stats().syncs;
  return 0;
}

// What a key costs, its value apart; and what a hot value costs beside its own bytes.
void count_memory(benchmark::State& state, const StoreStats& stats) {
  state.counters["bytes a key"] = ratio(stats.index_bytes, stats.keys);
  if (stats.hot_values == 0) return;
  state.counters["bytes a hot value"] =
      ratio(stats.hot_bytes, stats.hot_values) - static_cast<double>(kValue.size());
}

// Opened when it is first used, and kept: all of a peer's operations meet one store.
template <class Peer>
Peer& shared(const char* name) {
  static Peer* peer = nullptr;
  if (peer == nullptr) {
    auto opened = std::make_shared<Peer>((scratch() / name).string());
    peer = opened.get();
    kept_open().push_back(std::move(opened));
  }
  return *peer;
}

// At most so many in all: a thread alone gets as many done as it can.
template <class Peer>
void add_sync_puts(const char* who, const std::vector<int>& threads, int most = 16'000) {
  for (const int count : threads) {
    const int each = std::min(4000, most / count);
    add_batch("sync put", who, count, kRepetitions, [=](benchmark::State& state) {
      Peer& peer = shared<Peer>(who);
      const std::uint64_t before = syncs_of(peer);
      run_batch(state, count, each,
                [&](Rng& rng) { peer.put(key_of(rng.below(kKeys)), kValue, true); });
      const std::uint64_t syncs = syncs_of(peer) - before;
      if (syncs > 0) state.counters["puts a sync"] = ratio(count * each, syncs);
    });
  }
}

template <class Peer>
void fill(Peer& peer, std::uint64_t keys) {
  for (std::uint64_t i = 0; i < keys; ++i) {
    peer.put(key_of(i * 2654435761 % keys), kValue, false);
  }
}

// A store of its own with all keys in memory.
template <class Peer>
Peer& filled(const char* who) {
  static Peer* peer = nullptr;
  if (peer == nullptr) {
    auto opened =
        std::make_shared<Peer>((scratch() / (std::string(who) + ".filled")).string());
    fill(*opened, kKeys);
    peer = opened.get();
    kept_open().push_back(std::move(opened));
  }
  return *peer;
}

template <class Peer>
void add_memory(const char* who) {
  add_batch("unsynced put", who, 1, kRepetitions, [=](benchmark::State& state) {
    Peer& peer = filled<Peer>(who);
    run_batch(state, 1, 200'000,
              [&](Rng& rng) { peer.put(key_of(rng.below(kKeys)), kValue, false); });
  });
  add_batch("get from memory", who, 1, kRepetitions, [=](benchmark::State& state) {
    Peer& peer = filled<Peer>(who);
    run_batch(state, 1, 300'000, [&](Rng& rng) {
      benchmark::DoNotOptimize(peer.get(key_of(rng.below(kKeys))));
    });
    if constexpr (requires { peer.store(); }) count_memory(state, peer.store().stats());
  });
}

// A store of many records, opened again and again.
template <class Peer>
void add_open(const char* who) {
  add_batch("open", who, kOpenedMillions, kRepetitionsOpen, [=](benchmark::State& state) {
    const std::string directory = (scratch() / (std::string(who) + ".many")).string();
    if (!fs::exists(directory)) {
      Peer peer(directory);
      fill(peer, kOpened);
    }
    for (auto _ : state) {
      std::unique_ptr<Peer> peer;
      state.SetIterationTime(seconds([&] { peer = std::make_unique<Peer>(directory); }));
      benchmark::DoNotOptimize(peer->get(key_of(0)));
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(kOpened) * state.iterations());
  });
}

// Leaves a store as a process does that ends without a word.
void fill_and_die(const fs::path& directory) {
  const pid_t child = ::fork();
  KV_CHECK(child >= 0, "there is room for a process");
  if (child == 0) {
    peers::OurStore peer(directory.string());
    fill(peer, kOpened);
    ::_exit(0);
  }
  KV_CHECK(::waitpid(child, nullptr, 0) == child, "the child ends");
}

// The same after a crash: the last segment is unsealed, and has no hint. Sealed segments
// are never written again, so the copy that each start spoils shares them.
void open_after_a_crash(benchmark::State& state) {
  const fs::path crashed = scratch() / "crashed";
  const fs::path copy = scratch() / "crashed.copy";
  if (!fs::exists(crashed)) fill_and_die(crashed);
  for (auto _ : state) {
    fs::remove_all(copy);
    fs::create_directory(copy);
    fs::permissions(copy, fs::perms::owner_all);
    std::string last;
    for (const auto& entry : fs::directory_iterator(crashed)) {
      const std::string name = entry.path().filename();
      if (name.ends_with(".log") && name > last) last = name;
    }
    for (const auto& entry : fs::directory_iterator(crashed)) {
      const fs::path name = entry.path().filename();
      if (name == last || name == "MANIFEST") {
        fs::copy(entry, copy / name);
      } else if (name.extension() == ".log" || name.extension() == ".hint") {
        fs::create_hard_link(entry, copy / name);
      }
    }
    fs::remove(copy / fs::path(last).replace_extension(".hint"));
    std::unique_ptr<peers::OurStore> peer;
    state.SetIterationTime(
        seconds([&] { peer = std::make_unique<peers::OurStore>(copy.string()); }));
    benchmark::DoNotOptimize(peer->get(key_of(0)));
    count_memory(state, peer->store().stats());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(kOpened) * state.iterations());
}

}  // namespace

int main(int argc, char** argv) {
  if (!start_interleaved(argc, argv)) return 2;
  fs::remove_all(scratch());
  fs::create_directory(scratch());
  add_sync_puts<peers::OurStore>("store", {1, 4, 16, 64});
  add_sync_puts<peers::OneLock>("one lock", {1, 4, 16, 64}, 4000);
  add_sync_puts<peers::LevelDb>("LevelDB", {1, 16, 64});
  add_sync_puts<peers::RocksDb>("RocksDB", {1, 16, 64});
  add_sync_puts<peers::BareLoop>("bare loop", {1});
  add_sync_puts<peers::BareGroupCommit>("bare group commit", {16, 64});
  add_memory<peers::OurStore>("store");
  add_memory<peers::LevelDb>("LevelDB");
  add_memory<peers::RocksDb>("RocksDB");
  add_open<peers::OurStore>("store");
  add_open<peers::LevelDb>("LevelDB");
  add_open<peers::RocksDb>("RocksDB");
  add_batch("open", "store after a crash", kOpenedMillions, kRepetitionsOpen,
            open_after_a_crash);
  benchmark::RunSpecifiedBenchmarks();
  kept_open().clear();
  fs::remove_all(scratch());
}
