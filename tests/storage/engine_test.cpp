// The engine without threads: what is dropped, what is muted, what is on its way.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "tests/storage/disks.hpp"
#include "tests/storage/driven_engine.hpp"
#include "tests/storage/numbered_keys.hpp"
#include "v4_replicated_kv/storage/memory_engine.hpp"

using namespace kv;
using namespace kv::test;

namespace {

constexpr int kKeys = 60;

std::unique_ptr<DrivenEngine> open_engine(
    const Platter& platter, const DrivenEngine::Options& options = kAllCold) {
  return value(DrivenEngine::open(value(open_simulated_disk(platter)),
                                  platter->calls() + 1, options));
}

PartitionId partition_of(DrivenEngine& store, const std::string& key) {
  return store.engine().index().partition_of(store.hash_of(key));
}

// A LogEngine with a spare, and nobody who writes what it asks for.
struct Undriven {
  explicit Undriven(const Platter& platter = platter_of(1))
      : disk(value(open_simulated_disk(platter))) {}

  std::unique_ptr<Disk> disk;
  Rng rng{1};
  LogEngine engine{{.segment_bytes = 1 << 16},
                   value(recover(*disk, {.partitions = 4}, 0, rng))};

  void give_spare() {
    engine.spare({.nonce = 5,
                  .bytes = 1 << 16,
                  .file = value(make_spare(*disk, spare_name(5), 1 << 16))});
  }

  Result<std::uint64_t> put(std::uint64_t hash, const std::string& key,
                            const std::string& text, bool compressed = false) {
    const std::string frame =
        compressed ? compress(text, {.on = true, .bytes_min = 1}).frame : text;
    return engine.write({.hash = KeyHash{hash},
                         .key = key,
                         .value = text,
                         .stored = frame,
                         .compressed = compressed});
  }
};

}  // namespace

TEST_CASE("a partition that is dropped is empty, and nothing brings its keys back") {
  const Platter platter = platter_of(1);
  auto store = open_engine(platter);
  for (int i = 0; i < kKeys; ++i) ok(store->put(key_of(i), std::string(100, 'o')));
  const PartitionId dropped = partition_of(*store, key_of(0));
  ok(store->drop(dropped));
  const auto is_dropped = [&](int i) {
    return partition_of(*store, key_of(i)) == dropped;
  };
  ok(store->put(key_of(0), "put again"));
  int there = 0;
  const auto check = [&] {
    there = 0;
    for (int i = 1; i < kKeys; ++i) {
      CAPTURE(i);
      const auto found = value(store->get(key_of(i)));
      CHECK(found.has_value() == !is_dropped(i));
      there += found ? 1 : 0;
    }
    CHECK(value(store->get(key_of(0))) == "put again");
    CHECK(there < kKeys - 5);
    CHECK(store->engine().index().keys() ==
          static_cast<std::size_t>(there) + 1);  // and 0
    CHECK(store->engine().index().counter_floor(dropped) > 0);
  };
  check();
  for (const bool closes : {false, true}) {
    if (closes) ok(store->close());
    store.reset();
    if (!closes) platter->cut_power(Unsynced::all_lost);
    store = open_engine(platter);
    check();
  }
  for (int round = 0; round < 9; ++round) {
    static_cast<void>(value(store->compact(0)));
    check();
  }
  store.reset();
  store = open_engine(platter);  // from here on only the manifest knows of the drop
  check();
}

TEST_CASE("a deleted key stays deleted when a compaction takes its records in parts") {
  const Platter platter = platter_of(1);
  auto store = open_engine(platter);
  for (int i = 0; i < kKeys; ++i) ok(store->put(key_of(i), std::string(100, 'o')));
  for (int i = 0; i < kKeys; i += 2) ok(store->erase(key_of(i)));
  ok(store->drop(partition_of(*store, key_of(1))));
  for (int i = 0; i < kKeys; i += 4) ok(store->put(key_of(i), "again"));
  ok(store->close());
  store.reset();
  for (int round = 0; round < 6; ++round) {
    store = open_engine(platter);
    for (int i = 0; i < kKeys; i += 2) {
      CAPTURE(i);
      CHECK(value(store->get(key_of(i))).has_value() == (i % 4 == 0));
    }
    static_cast<void>(value(store->compact(0.9 - 0.15 * round)));
    store.reset();
    platter->cut_power();
  }
}

TEST_CASE("a record stays until what replaced it is on the disk") {
  const Platter platter = platter_of(1);
  auto store = open_engine(platter);
  ok(store->put("key", "acknowledged"));
  ok(store->put("other", "acknowledged"));
  ok(store->close());
  ok(store->put("begins a segment", ""));
  const auto in_memory = [&](std::string_view key, RecordKind kind) {
    value(store->engine().write({.hash = store->hash_of(key),
                                 .key = key,
                                 .kind = kind,
                                 .version = {.counter = 99},
                                 .value = {},
                                 .stored = {}}));
  };
  in_memory("key", RecordKind::value);
  in_memory("other", RecordKind::tombstone);
  CHECK(value(store->compact(0)));
  store.reset();
  platter->cut_power();
  store = open_engine(platter);
  CHECK(value(store->get("key")) == "acknowledged");
  CHECK(value(store->get("other")) == "acknowledged");
}

TEST_CASE("a drop that only the manifest knows of takes nothing that is put later") {
  const Platter platter = platter_of(1);
  auto store = open_engine(platter);
  ok(store->put("key", "acknowledged"));
  ok(store->close());
  ok(store->put("begins a segment", ""));
  value(store->engine().drop(partition_of(*store, "key")));
  CHECK(value(store->compact(0)));  // writes the manifest
  store.reset();
  platter->cut_power();
  store = open_engine(platter);
  CHECK_FALSE(value(store->get("key")).has_value());
  ok(store->put("key", "new"));
  store.reset();
  store = open_engine(platter);
  CHECK(value(store->get("key")) == "new");
}

TEST_CASE("what compaction has made small is not compacted again and again") {
  const Platter platter = platter_of(1);
  auto store = open_engine(platter);
  for (int i = 0; i < 9; ++i) ok(store->put("key", std::to_string(i)));
  ok(store->close());
  CHECK(value(store->compact(0.5)));
  CHECK_FALSE(value(store->compact(0.5)));  // all that is left is one record's frame
  ok(store->erase("key"));
  ok(store->close());
  CHECK(value(store->compact(0.5)));  // the tombstone hides nothing from here on,
  CHECK(value(store->compact(0.5)));  // and so it counts as dead
  CHECK_FALSE(value(store->compact(0.5)));
  CHECK(store->engine().segments().empty());
  CHECK(store->engine().index().tombstones() == 0);
}

TEST_CASE("a segment that a compaction is about to take gets no hint before") {
  auto store = open_engine(platter_of(1));
  ok(store->put("a", std::string(100, 'x')));
  for (int i = 0; i < 9; ++i) ok(store->put("b", std::string(100, 'y')));
  ok(store->put("c", "z"));
  store->engine().seal();
  ok(store->put("d", "z"));
  CHECK(store->engine().without_hint(0.9).size() == 1);  // less of it is dead
  CHECK(store->engine().without_hint(0.5).empty());
  CHECK(store->engine().without_hint(1).size() == 1);  // none is compacted
  ok(store->put("a", "z"));
  ok(store->put("b", "z"));
  ok(store->put("c", "z"));
  CHECK(store->engine().without_hint(0.9).empty());
  CHECK(store->engine().without_hint(1).size() == 1);
}

TEST_CASE("a cold read that was overtaken by a put does not bring its value back") {
  const Platter platter = platter_of(1);
  const auto store = open_engine(platter, {.hot_bytes = 1000});
  ok(store->put("key", "old"));
  const std::uint64_t old = store->engine().log().durable_seq();
  ok(store->put("key", "new"));
  store->engine().warm(store->hash_of("key"), "key", old, "old");
  CHECK(value(store->get("key")) == "new");
  store->engine().warm(store->hash_of("gone"), "gone", old, "old");
  CHECK(value(store->get("gone")) == std::nullopt);
}

TEST_CASE("the value of a deleted key takes no memory") {
  const auto store = open_engine(platter_of(1), {.hot_bytes = 1000});
  ok(store->put("key", std::string(300, 'v')));
  CHECK(store->engine().index().hot().count() == 1);
  ok(store->erase("key"));
  CHECK(store->engine().index().hot().count() == 0);
  CHECK(store->engine().index().hot().bytes() == 0);
}

TEST_CASE("a memory engine drops a partition as the log does, and keeps the floor") {
  MemoryEngine engine(2, 1 << 20, 1 << 20);
  const auto put = [&](std::uint64_t hash, const std::string& key) {
    return engine.write({.hash = KeyHash{hash},
                         .key = key,
                         .version = {.counter = 9},
                         .value = "v",
                         .stored = "v"});
  };
  const std::uint64_t upper = std::uint64_t{1} << 63;
  value(put(1, "low"));
  value(put(upper, "high"));
  value(engine.drop(PartitionId{1}));
  value(engine.drop(PartitionId{99}));  // there is none, and nothing happens
  CHECK(value(engine.find(KeyHash{1}, "low")));
  CHECK_FALSE(value(engine.find(KeyHash{upper}, "high")));
  CHECK(engine.index().counter_floor(PartitionId{1}) == 9);
  CHECK(engine.index().counter_floor(PartitionId{0}) == 0);
  value(put(upper, "high"));
  CHECK(value(engine.find(KeyHash{upper}, "high")));
  fails(put(1, ""), Errc::too_large, "at least one byte");
}

TEST_CASE("muted partitions answer only for what was written since, until unmuted") {
  const Platter platter = platter_of(1);
  auto store = open_engine(platter);
  ok(store->put("both", "1"));
  ok(store->put("before", "1"));
  store->engine().mute();
  ok(store->put("both", "2"));
  fails(store->get("before"), Errc::corrupt, "repair it from another copy");
  fails(store->get("never"), Errc::corrupt, "may have lost");  // or was it there?
  CHECK(value(store->get("both")) == "2");
  const PartitionId whole = partition_of(*store, "before");
  CHECK(store->engine().is_muted(whole));
  store->engine().unmute(whole);
  CHECK(value(store->get("before")) == "1");
  for (std::uint32_t i = 0; i < 4; ++i) {
    CHECK(store->engine().is_muted(PartitionId{i}) == (PartitionId{i} != whole));
  }
}

TEST_CASE("what waits to be written is read from where it waits") {
  Undriven store;
  store.give_spare();
  const std::string large(5000, 'z');
  value(store.put(1, "plain", "value"));
  value(store.put(2, "frame", large, true));
  const auto reads = [&](const std::string& key, std::uint64_t hash) {
    const auto found = value(store.engine.find(KeyHash{hash}, key));
    return std::get<std::string>(found.value().value);
  };
  CHECK(reads("plain", 1) == "value");
  CHECK(reads("frame", 2) == large);
  const auto group = store.engine.take();  // on its way to the disk
  CHECK(reads("plain", 1) == "value");
  value(store.put(3, "next", "in the open group"));
  CHECK(reads("frame", 2) == large);
  CHECK(reads("next", 3) == "in the open group");
  CHECK(store.engine.reads().hot == 5);
}

TEST_CASE("the engine refuses by itself what its driver should not have asked for") {
  Undriven store;
  fails(store.put(1, "key", "value"), Errc::disk_full, "no room for another segment");
  fails(store.engine.drop(PartitionId{0}), Errc::disk_full, "no room");
  fails(store.put(1, "", "value"), Errc::too_large, "at least one byte");
  store.give_spare();
  value(store.put(1, "key", "value"));
  store.engine.failed({.code = Errc::io, .detail = "the first failure"});
  store.engine.failed({.code = Errc::io, .detail = "what came of it"});
  fails(store.put(1, "key", "value"), Errc::stopped, "the first failure");
  fails(store.engine.drop(PartitionId{0}), Errc::stopped, "the first failure");
  fails(store.engine.find(KeyHash{1}, "key"), Errc::stopped, "the first failure");
}

TEST_CASE("until a segment is a file, the manifest leaves its number to come") {
  const Platter platter = platter_of(1);
  {
    const auto store = open_engine(platter);
    ok(store->put("key", "value"));
    ok(store->close());
  }
  Undriven store(platter);
  CHECK(store.engine.plan_compaction(0, 1000, 6));
  store.give_spare();
  value(store.put(1, "key", "value"));
  const SegmentId number = store.engine.log().segment();
  CHECK(store.engine.manifest().next_segment == number);
  CHECK(store.engine.manifest().live == std::vector<SegmentId>{SegmentId{1}});
  // Nor does a compaction take a number above one that may never be.
  CHECK_FALSE(store.engine.plan_compaction(0, 1000, 6));
}

TEST_CASE("a compacted segment of more than one group gives back all that it holds") {
  const Platter platter = platter_of(1);
  const DrivenEngine::Options options{
      .segment_bytes = 4 << 20, .hot_bytes = 0, .compress_from = 1 << 30};
  auto store = open_engine(platter, options);
  const auto value_of = [](int i) {
    return std::string(300'000, static_cast<char>('a' + i));
  };
  for (int i = 0; i < 8; ++i) {
    ok(store->put(key_of(i), "first"));
    ok(store->put(key_of(i), value_of(i)));
  }
  ok(store->close());
  store.reset();
  for (const bool compacts : {true, false}) {
    store = open_engine(platter, options);
    if (compacts) CHECK(value(store->compact(0)));
    CHECK(store->damage.empty());
    for (int i = 0; i < 8; ++i) CHECK(value(store->get(key_of(i))) == value_of(i));
    store.reset();
    platter->cut_power();
  }
}
