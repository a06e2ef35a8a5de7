// What a user of the store sees, in one thread.
#include "v4_replicated_kv/runtime/store.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/storage/random_bytes.hpp"
#include "tests/storage/stores.hpp"
#include "v4_replicated_kv/simulation/simulated_disk.hpp"
#include "v4_replicated_kv/storage/log_writer.hpp"

using namespace kv;
using namespace kv::test;

namespace {

StoreOptions small() {
  StoreOptions options;
  options.segment_bytes = 8192;
  options.cache_bytes = 2000;
  options.partitions = 8;
  options.seed = 1;
  return options;
}

Errc code_of(const auto& result) {
  REQUIRE_FALSE(result);
  return result.error().code;
}

std::set<std::string> all_keys(Store& store, std::size_t visited) {
  std::set<std::string> keys;
  Store::Cursor at;
  for (;;) {
    const auto page = store.scan(at, visited);
    REQUIRE(page);
    keys.insert(page->keys.begin(), page->keys.end());
    if (!page->next) return keys;
    at = *page->next;
  }
}

}  // namespace

TEST_CASE("a store gives back what was put, also after it was closed") {
  for (const EngineKind engine : {EngineKind::log, EngineKind::memory}) {
    auto platter = std::make_shared<SimulatedPlatter>(1);
    StoreOptions options = small();
    options.engine = engine;
    options.cache_bytes = 1 << 20;
    Rng rng(2);
    const std::string binary = random_bytes(rng, 5000);
    auto store = open_on(platter, options);
    REQUIRE(store->put("a", "1"));
    REQUIRE(store->put("a", "2"));
    REQUIRE(store->put("empty", ""));
    REQUIRE(store->put(binary.substr(0, 4096), binary));
    REQUIRE(store->put("gone", "x"));
    REQUIRE(store->erase("gone"));
    REQUIRE(store->erase("never there"));
    const auto check = [&] {
      CHECK(*store->get("a") == "2");
      CHECK(*store->get("empty") == "");
      CHECK(*store->get(binary.substr(0, 4096)) == binary);
      CHECK(*store->get("gone") == std::nullopt);
      CHECK(*store->get("never there") == std::nullopt);
      CHECK(all_keys(*store, 1).size() == 3);
    };
    check();
    REQUIRE(store->close());
    if (engine == EngineKind::log) {
      store = open_on(platter, options);
      check();
    }
  }
}

TEST_CASE("what is over a limit is refused, and changes nothing") {
  for (const EngineKind engine : {EngineKind::log, EngineKind::memory}) {
    StoreOptions options = small();
    options.engine = engine;
    options.cache_bytes = std::size_t{20} << 20;
    auto store = open_on(std::make_shared<SimulatedPlatter>(1), options);
    CHECK(code_of(store->put("", "x")) == Errc::too_large);
    CHECK(code_of(store->put(std::string(4097, 'k'), "x")) == Errc::too_large);
    CHECK(code_of(store->put("k", std::string(kValueBytesMax + 1, 'x'))) ==
          Errc::too_large);
    CHECK(code_of(store->erase("")) == Errc::too_large);
    CHECK(*store->get("k") == std::nullopt);
    REQUIRE(store->put("k", std::string(kValueBytesMax, 'x')));
    CHECK((*store->get("k"))->size() == kValueBytesMax);
  }
}

TEST_CASE("keys take the memory that they may, and then new ones are refused") {
  for (const EngineKind engine : {EngineKind::log, EngineKind::memory}) {
    StoreOptions options = small();
    options.engine = engine;
    options.cache_bytes = 1 << 20;
    options.index_bytes_max = 10'000;
    auto store = open_on(std::make_shared<SimulatedPlatter>(1), options);
    int put = 0;
    Result<void> done;
    for (; done; ++put) done = store->put("key-" + std::to_string(put), "x");
    CHECK(code_of(done) == Errc::out_of_memory);
    CHECK(put > 30);
    CHECK(store->stats().index_bytes <= 10'000);
    CHECK(store->put("key-0", "other"));  // a key that is there needs no more
    CHECK(*store->get("key-0") == "other");
  }
}

TEST_CASE(
    "a memory store whose values are at their limit refuses, and keeps the others") {
  StoreOptions options = small();
  options.engine = EngineKind::memory;
  auto store = open_on(std::make_shared<SimulatedPlatter>(1), options);
  REQUIRE(store->put("a", std::string(500, 'a')));
  CHECK(code_of(store->put("b", std::string(5000, 'b'))) == Errc::out_of_memory);
  CHECK(*store->get("a") == std::string(500, 'a'));
  CHECK(*store->get("b") == std::nullopt);
}

TEST_CASE("a key whose time is over is as if deleted, and gives its room back") {
  std::atomic<std::uint64_t> now = 1'000'000;
  StoreOptions options = small();
  options.wall_clock = [&] { return WallMs{now.load()}; };
  auto platter = std::make_shared<SimulatedPlatter>(1);
  auto store = open_on(platter, options);
  using std::chrono::milliseconds;
  REQUIRE(store->put("short", "x", {.sync = {}, .ttl = milliseconds(1000)}));
  REQUIRE(store->put("long", "y", {.sync = {}, .ttl = milliseconds(5000)}));
  now += 999;
  CHECK(*store->get("short") == "x");
  now += 1;
  CHECK(*store->get("short") == std::nullopt);
  CHECK(all_keys(*store, 100) == std::set<std::string>{"long"});
  store.reset();
  store = open_on(platter, options);
  CHECK(*store->get("short") == std::nullopt);
  CHECK(*store->get("long") == "y");
  REQUIRE(store->put("short", "again"));
  CHECK(*store->get("short") == "again");
}

TEST_CASE("a full disk refuses puts, reads on, takes deletes, and recovers by itself") {
  auto platter = std::make_shared<SimulatedPlatter>(1);
  StoreOptions options = small();
  auto store = open_on(platter, options);
  const std::string value(700, 'v');
  std::map<std::string, bool> there;
  platter->limit_capacity(40 * 8192);
  int i = 0;
  for (;; ++i) {
    const std::string key = "key-" + std::to_string(i);
    const auto put = store->put(key, value);
    if (!put) {
      CHECK(put.error().code == Errc::disk_full);
      break;
    }
    there[key] = true;
  }
  CHECK(i > 50);
  CHECK(*store->get("key-0") == value);
  CHECK(*store->get("key-" + std::to_string(i)) == std::nullopt);
  CHECK(store->stats().disk_full);
  // Deletes go on, as many as the reserve holds, and make room for puts.
  for (int k = 2; k < 60; ++k) {
    CAPTURE(k);
    const auto erased = store->erase("key-" + std::to_string(k));
    if (!erased) FAIL(erased.error().detail);
  }
  bool again = false;
  for (int attempt = 0; attempt < 20 && !again; ++attempt) {
    const auto compacted =
        store->compact(0.1);  // which may find no room for more, either
    if (!compacted) CHECK(compacted.error().code == Errc::disk_full);
    again = store->put("again", value).has_value();
  }
  CHECK(again);
  // And so does somebody who gives the disk more room.
  while (store->put("key-" + std::to_string(i), value)) ++i;
  platter->limit_capacity(100 * 8192);
  REQUIRE(store->put("more", value));
  CHECK(*store->get("more") == value);
  CHECK(*store->get("key-0") == value);
  CHECK(*store->get("key-2") == std::nullopt);
}

TEST_CASE("a sync that fails ends the store, reads included, and a restart goes on") {
  for (const DiskCall call : {DiskCall::sync, DiskCall::write}) {
    auto platter = std::make_shared<SimulatedPlatter>(1);
    auto store = open_on(platter, small());
    REQUIRE(store->put("a", "1"));
    // Manifest, reserve, spare, segment, the next spare: then nobody else is at the disk.
    while (platter->calls(DiskCall::rename) < 5) std::this_thread::yield();
    platter->inject({.only = call});
    CHECK(code_of(store->put("a", "2")) == Errc::stopped);
    CHECK(code_of(store->get("a")) == Errc::stopped);
    CHECK(code_of(store->put("b", "1")) == Errc::stopped);
    CHECK(code_of(store->sync()) == Errc::stopped);
    const std::uint64_t syncs = platter->calls(DiskCall::sync);
    CHECK(code_of(store->close()) == Errc::stopped);
    CHECK(platter->calls(DiskCall::sync) == syncs);  // never asked again
    store.reset();
    platter->cut_power();
    store = open_on(platter, small());
    const auto value = store->get("a");
    REQUIRE(value);
    CHECK((*value == "1" || *value == "2"));
    REQUIRE(store->put("a", "3"));
  }
}

TEST_CASE("compaction gives room back and changes nothing else") {
  auto platter = std::make_shared<SimulatedPlatter>(1);
  StoreOptions options = small();
  options.compact_above = 1;  // only when asked
  auto store = open_on(platter, options);
  for (int round = 0; round < 30; ++round) {
    for (int k = 0; k < 20; ++k) {
      REQUIRE(store->put("key-" + std::to_string(k), std::string(300, 'a')));
    }
  }
  for (int k = 10; k < 20; ++k) REQUIRE(store->erase("key-" + std::to_string(k)));
  REQUIRE(store->close());
  store = open_on(platter, options);
  const StoreStats before = store->stats();
  CHECK(before.dead_ratio() > 0.9);
  CHECK(before.tombstones == 10);
  REQUIRE(store->compact(0));
  REQUIRE(store->compact(0));
  const StoreStats after = store->stats();
  CHECK(after.log_bytes < before.log_bytes / 20);
  CHECK(after.tombstones == 0);  // nothing older is left that they would have to hide
  CHECK(after.keys == 10);
  for (int k = 0; k < 20; ++k) {
    CHECK((*store->get("key-" + std::to_string(k))).has_value() == (k < 10));
  }
  store.reset();
  store = open_on(platter, options);
  CHECK(store->stats().keys == 10);
}

TEST_CASE("damage is found by a read and by a scrub, and only that value is lost") {
  auto platter = std::make_shared<SimulatedPlatter>(1);
  StoreOptions options = small();
  options.compact_above = 1;  // or the keeper meets the damage first
  options.cache_bytes = 0;
  auto store = open_on(platter, options);
  REQUIRE(store->put("a", std::string(200, 'a')));
  REQUIRE(store->put("b", std::string(200, 'b')));
  REQUIRE(store->close());
  store = open_on(platter, options);
  CHECK(store->scrub()->empty());
  const std::string segment = segment_name(SegmentId{1});
  platter->flip_bit(segment, platter->content(segment)->find("aaaa"), 0);
  CHECK(code_of(store->get("a")) == Errc::corrupt);
  CHECK(*store->get("b") == std::string(200, 'b'));
  const auto damage = store->scrub();
  REQUIRE(damage);
  REQUIRE(damage->size() == 1);
  CHECK(describe(damage->front()).find(segment + " at offset 64: ") == 0);
  REQUIRE(store->put("a", "new"));
  CHECK(*store->get("a") == "new");
  REQUIRE(store->compact(0));  // which leaves what is damaged to a repair
  CHECK(platter->content(segment));
}

TEST_CASE("a store with damage that nobody can name opens only for who accepts that") {
  auto platter = std::make_shared<SimulatedPlatter>(1);
  {
    auto store = open_on(platter, small());
    for (int k = 0; k < 5; ++k) REQUIRE(store->put(std::to_string(k), "x"));
    platter->kill_process();
  }
  platter->flip_bit(segment_name(SegmentId{1}), kSegmentHeaderBytes + 50, 1);
  auto disk = open_simulated_disk(platter);
  const auto refused = Store::open(std::move(*disk), small());
  CHECK(code_of(refused) == Errc::corrupt);
  CHECK(refused.error().detail.find("segment-00000001.log at offset 64") == 0);
  StoreOptions accepting = small();
  accepting.accept_damage = true;
  auto store = open_on(platter, accepting);
  CHECK(store->damage().size() == 1);
  CHECK(*store->get("0") == std::nullopt);
  CHECK(*store->get("4") == "x");
}

TEST_CASE("large values are stored as zstd frames where that is shorter") {
  auto platter = std::make_shared<SimulatedPlatter>(1);
  auto store = open_on(platter, small());
  REQUIRE(store->put("text", std::string(4000, 'z')));
  Rng rng(3);
  const std::string noise = random_bytes(rng, 4000);
  REQUIRE(store->put("noise", noise));
  const StoreStats stats = store->stats();
  CHECK(stats.value_bytes == 8000);
  CHECK(stats.stored_bytes > 4000);
  CHECK(stats.stored_bytes < 4200);
  REQUIRE(store->close());
  store = open_on(platter, small());
  CHECK(*store->get("text") == std::string(4000, 'z'));
  CHECK(*store->get("noise") == noise);
  CHECK(store->stats().reads_cold == 2);
}

TEST_CASE("options out of range are refused by name") {
  const auto refusal = [](auto change) {
    StoreOptions options = small();
    change(options);
    auto disk = open_simulated_disk(std::make_shared<SimulatedPlatter>(1));
    const auto store = Store::open(std::move(*disk), options);
    CHECK(code_of(store) == Errc::bad_usage);
    return store.error().detail;
  };
  CHECK(refusal([](StoreOptions& o) { o.partitions = 3; }).find("partitions 3") == 0);
  CHECK(refusal([](StoreOptions& o) { o.segment_bytes = 1; }).find("segment_bytes") == 0);
  CHECK(refusal([](StoreOptions& o) { o.sync_interval = {}; }).find("sync_int") == 0);
}
