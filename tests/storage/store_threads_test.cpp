// What threads see of a store; also built with the thread sanitizer.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/storage/gated_disk.hpp"
#include "tests/storage/stores.hpp"
#include "v4_replicated_kv/runtime/store.hpp"
#include "v4_replicated_kv/simulation/simulated_disk.hpp"

using namespace kv;
using namespace kv::test;

namespace {

// Compacts early, so that it does beside the threads.
StoreOptions eager() {
  StoreOptions options;
  options.segment_bytes = 16 << 10;
  options.cache_bytes = 4000;
  options.partitions = 8;
  options.seed = 1;
  options.compact_above = 0.3;
  return options;
}

std::unique_ptr<Store> open_gated(const Platter& platter, const StoreOptions& options,
                                  const std::shared_ptr<Gate>& gate,
                                  const std::shared_ptr<Gate>& writes = nullptr) {
  auto disk = std::make_unique<GatedDisk>(value(open_simulated_disk(platter)),
                                          Gates{.syncs = gate, .writes = writes});
  return value(Store::open(std::move(disk), options));
}

// Whether it did; if not, the error's sentence is told.
template <class T>
bool succeeds(const Result<T>& result) {
  if (!result) MESSAGE(result.error().detail);
  return result.has_value();
}

}  // namespace

TEST_CASE("readers do not wait for a sync, and see what is on its way") {
  auto gate = std::make_shared<Gate>();
  auto store = open_gated(std::make_shared<SimulatedPlatter>(1), eager(), gate);
  REQUIRE(store->put("a", "1"));
  const std::uint64_t before = gate->arrived();
  gate->shut();
  std::atomic<bool> acknowledged = false;
  std::jthread writer([&] {
    CHECK(store->put("a", "2"));
    acknowledged = true;
  });
  gate->wait_for_arrivals(before + 1);
  CHECK(*store->get("a") == "2");
  CHECK(*store->get("b") == std::nullopt);
  CHECK(store->scan({}, 100)->keys.size() == 1);
  CHECK_FALSE(acknowledged);
  gate->open();
  writer.join();
  CHECK(acknowledged);
}

TEST_CASE("writers that come during a sync share the next one") {
  auto gate = std::make_shared<Gate>();
  auto store = open_gated(std::make_shared<SimulatedPlatter>(1), eager(), gate);
  REQUIRE(store->put("first", "x"));
  const std::uint64_t before = gate->arrived();
  gate->shut();
  constexpr int kWriters = 12;
  std::vector<std::jthread> writers;
  writers.emplace_back([&] { CHECK(store->put("leader", "x")); });
  gate->wait_for_arrivals(before + 1);
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back([&, i] { CHECK(store->put("w" + std::to_string(i), "x")); });
  }
  for (int i = 0; i < kWriters; ++i) {  // all have taken their place in the queue
    while (!*store->get("w" + std::to_string(i))) std::this_thread::yield();
  }
  gate->open();
  writers.clear();
  CHECK(gate->arrived() <= before + 3);
}

TEST_CASE("a sync does not cover what was appended while the write before it ran") {
  auto gate = std::make_shared<Gate>();
  auto writes = std::make_shared<Gate>();
  auto store = open_gated(std::make_shared<SimulatedPlatter>(1), eager(), gate, writes);
  REQUIRE(store->put("first", "x"));
  const std::uint64_t syncs = gate->arrived();
  const std::uint64_t written = writes->arrived();
  writes->shut();
  gate->shut();
  std::jthread leader([&] { CHECK(store->put("leader", "x")); });
  writes->wait_for_arrivals(written + 1);
  std::atomic<bool> acknowledged = false;
  std::jthread late([&] {
    CHECK(store->put("late", "x"));
    acknowledged = true;
  });
  while (!*store->get("late")) std::this_thread::yield();
  writes->open();
  gate->wait_for_arrivals(syncs + 1);
  writes->shut();
  gate->open();
  leader.join();
  while (!acknowledged && writes->arrived() < written + 2) std::this_thread::yield();
  CHECK_FALSE(acknowledged);  // it is about to be written
  writes->open();
}

TEST_CASE("without a sync a kill takes what another thread at the disk kept waiting") {
  auto gate = std::make_shared<Gate>();
  auto platter = std::make_shared<SimulatedPlatter>(1);
  auto store = open_gated(platter, eager(), gate);
  const WriteOptions at_once{.sync = SyncPolicy::never, .ttl = {}};
  REQUIRE(store->put("alone", "1", at_once));
  const std::uint64_t before = gate->arrived();
  gate->shut();
  std::jthread leader([&] { CHECK_FALSE(store->put("leader", "1")); });
  gate->wait_for_arrivals(before + 1);
  CHECK(store->put("beside", "1", at_once));  // acknowledged, and in no file
  CHECK(*store->get("beside") == "1");
  platter->kill_process();
  gate->open();
  leader.join();
  store.reset();
  store = open_on(platter, eager());
  CHECK(*store->get("alone") == "1");  // was written before it was acknowledged
  CHECK(*store->get("leader") == "1");
  CHECK(*store->get("beside") == std::nullopt);
}

TEST_CASE("what nobody waits for is written by whoever was at the disk meanwhile") {
  auto gate = std::make_shared<Gate>();
  auto platter = std::make_shared<SimulatedPlatter>(1);
  auto store = open_gated(platter, eager(), gate);
  REQUIRE(store->put("first", "1"));
  const std::uint64_t before = gate->arrived();
  gate->shut();
  std::jthread leader([&] { CHECK(store->put("leader", "1")); });
  gate->wait_for_arrivals(before + 1);
  CHECK(store->put("beside", "1", {.sync = SyncPolicy::never, .ttl = {}}));
  gate->open();
  leader.join();
  platter->kill_process();
  store.reset();
  store = open_on(platter, eager());
  CHECK(*store->get("beside") == "1");
}

TEST_CASE("power fails among many writers: what any of them was told is there") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    auto platter = std::make_shared<SimulatedPlatter>(seed);
    auto store = open_on(platter, eager());
    constexpr std::size_t kThreads = 6;
    std::vector<std::map<std::string, int>> acknowledged(kThreads);
    std::vector<std::map<std::string, int>> tried(kThreads);
    platter->inject({.call = 200 + seed * 37, .for_ever = true});
    {
      std::vector<std::jthread> threads;
      for (std::size_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
          Rng rng(seed * 100 + t);
          for (int i = 1; i < 400; ++i) {
            const std::string key =
                std::to_string(t) + "-" + std::to_string(rng.below(20));
            tried[t][key] = i;
            if (!store->put(key, std::to_string(i) + std::string(100, '.'))) return;
            acknowledged[t][key] = i;
          }
        });
      }
    }
    store.reset();
    platter->heal();
    platter->cut_power();
    store = open_on(platter, eager());
    CHECK(store->damage().empty());
    for (std::size_t t = 0; t < kThreads; ++t) {
      for (const auto& [key, number] : acknowledged[t]) {
        const auto value = store->get(key);
        REQUIRE(value);
        REQUIRE(*value);
        const int found = std::stoi(**value);
        CHECK((found == number || found == tried[t][key]));
      }
    }
  }
}

TEST_CASE("threads that put, erase, read and compact see their own keys as a map would") {
  auto platter = std::make_shared<SimulatedPlatter>(1);
  StoreOptions options = eager();
  auto store = open_on(platter, options);
  constexpr std::size_t kThreads = 4;
  std::vector<std::map<std::string, std::string>> twins(kThreads);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        Rng rng(t);
        auto& twin = twins[t];
        for (int i = 0; i < 1500; ++i) {
          const std::string key = std::to_string(t) + "-" + std::to_string(rng.below(30));
          const WriteOptions how{
              .sync = rng.below(2) == 0 ? SyncPolicy::always : SyncPolicy::never,
              .ttl = {}};
          const std::uint64_t what = rng.below(10);
          if (what < 5) {
            twin[key] = std::string(rng.below(300), 'a') + std::to_string(i);
            CHECK(succeeds(store->put(key, twin[key], how)));
          } else if (what < 7) {
            twin.erase(key);
            CHECK(succeeds(store->erase(key, how)));
          } else {
            const auto value = store->get(key);
            const auto expected = twin.find(key);
            CHECK(value);
            CHECK(value->has_value() == (expected != twin.end()));
            if (*value && expected != twin.end()) CHECK(**value == expected->second);
          }
          if (what == 9 && i % 100 == 0) CHECK(succeeds(store->compact(0.1)));
        }
      });
    }
    threads.emplace_back([&] {
      for (int i = 0; i < 30; ++i) {
        CHECK(store->scan({}, 50));
        (void)store->stats();
        CHECK(store->scrub()->empty());
      }
    });
  }
  REQUIRE(store->close());
  store = open_on(platter, options);
  for (const auto& twin : twins) {
    for (const auto& [key, value] : twin) CHECK(*store->get(key) == value);
  }
  std::size_t keys = 0;
  for (const auto& twin : twins) keys += twin.size();
  CHECK(store->stats().keys == keys);
}

TEST_CASE("a scan meets every key that is there throughout, whatever others do") {
  auto store = open_on(std::make_shared<SimulatedPlatter>(1), eager());
  std::set<std::string> stay;
  for (int i = 0; i < 200; ++i) {
    stay.insert("stay-" + std::to_string(i));
    REQUIRE(store->put("stay-" + std::to_string(i), "x",
                       {.sync = SyncPolicy::never, .ttl = {}}));
  }
  std::jthread other([&](const std::stop_token& stop) {
    Rng rng(1);
    const WriteOptions how{.sync = SyncPolicy::never, .ttl = {}};
    while (!stop.stop_requested()) {
      const std::string key = "come-" + std::to_string(rng.below(300));
      CHECK(succeeds(rng.below(2) == 0 ? store->put(key, "y", how)
                                       : store->erase(key, how)));
    }
  });
  for (int round = 0; round < 20; ++round) {
    std::set<std::string> seen;
    std::optional<Store::Cursor> at = Store::Cursor{};
    while (at) {
      const auto page = store->scan(*at, 7);
      REQUIRE(page);
      for (const std::string& key : page->keys) {
        if (key.starts_with("stay-")) CHECK(seen.insert(key).second);
      }
      at = page->next;
    }
    CHECK(seen == stay);
  }
}

TEST_CASE("with an interval, what is older than that survives a power cut") {
  auto platter = std::make_shared<SimulatedPlatter>(1);
  StoreOptions options = eager();
  options.sync = SyncPolicy::interval;
  options.sync_interval = std::chrono::milliseconds(5);
  auto store = open_on(platter, options);
  REQUIRE(store->put("a", "1"));
  while (store->stats().syncs == 0) std::this_thread::yield();
  platter->cut_power(Unsynced::all_lost);
  store.reset();
  store = open_on(platter, options);
  CHECK(*store->get("a") == "1");
}
