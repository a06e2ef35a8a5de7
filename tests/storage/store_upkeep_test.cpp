// What a store does by itself: room for the worst, keys whose time is over, old damage,
// what a crash left behind, and work that has to wait until files can be opened again.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/storage/disks.hpp"
#include "tests/storage/numbered_keys.hpp"
#include "tests/storage/stores.hpp"
#include "v4_replicated_kv/runtime/store.hpp"
#include "v4_replicated_kv/storage/log_writer.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

using namespace kv;
using namespace kv::test;

namespace {

const std::string kReserve(kReserveName);

// Compacts only when it is asked to.
StoreOptions at_rest() {
  StoreOptions options;
  options.segment_bytes = 8192;
  options.cache_bytes = 0;
  options.partitions = 8;
  options.compression.on = false;
  options.compact_above = 1;
  options.seed = 1;
  return options;
}

void put_some(Store& store, int count, std::size_t bytes = 700) {
  for (int i = 0; i < count; ++i) {
    ok(store.put(key_of(i), std::string(bytes, 'v') + std::to_string(i)));
  }
}

void has_some(Store& store, int count, std::size_t bytes = 700) {
  for (int i = 0; i < count; ++i) {
    CAPTURE(i);
    CHECK(value(store.get(key_of(i))) == std::string(bytes, 'v') + std::to_string(i));
  }
}

// Whether it becomes so within ten seconds.
bool soon(const std::function<bool()>& is_so) {
  for (int i = 0; i < 1000 && !is_so(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return is_so();
}

}  // namespace

TEST_CASE("without a descriptor left writes are refused, reads go on, and so does all") {
  const Platter platter = platter_of(1);
  StoreOptions options = at_rest();
  options.compact_above = 0.1;
  {
    const auto store = open_on(platter, options);
    put_some(*store, 40);
    put_some(*store, 40);
    platter->inject({.code = Errc::out_of_memory, .for_ever = true});
    Result<void> put;
    for (int i = 0; put && i < 100; ++i) put = store->put("more", std::string(700, 'm'));
    fails(put, Errc::out_of_memory, "too many open files");
    fails(store->erase(std::string(4000, 'k')), Errc::out_of_memory, "open files");
    has_some(*store, 40);
    CHECK(value(store->scrub()).empty());
    fails(store->compact(0), Errc::out_of_memory, "too many open files");
    ok(store->sync());
    CHECK_FALSE(store->stats().disk_full);
    platter->heal();
    ok(store->put("more", "at last"));
    ok(store->compact(0));
    has_some(*store, 40);
    ok(store->close());
  }
  const auto store = open_on(platter, options);
  has_some(*store, 40);
  CHECK(value(store->get("more")) == "at last");
}

TEST_CASE("a compaction for whose manifest no file can be opened has not happened") {
  for (std::uint64_t call = 1; call < 6; ++call) {
    CAPTURE(call);
    const Platter platter = platter_of(1);
    auto store = open_on(platter, at_rest());
    put_some(*store, 40);
    put_some(*store, 20);
    platter->inject({.call = call, .code = Errc::out_of_memory, .for_ever = true});
    const auto compacted = store->compact(0.1);
    if (!compacted) CHECK(compacted.error().code == Errc::out_of_memory);
    has_some(*store, 40);
    platter->heal();
    ok(store->compact(0.1));
    has_some(*store, 40);
    ok(store->put("after", "it"));
    store.reset();
    platter->cut_power(Unsynced::all_lost);
    store = open_on(platter, at_rest());
    CHECK(store->damage().empty());
    has_some(*store, 40);
  }
}

TEST_CASE(
    "a store that was opened has its reserve: nobody can be quicker to fill the disk") {
  const Platter platter = platter_of(1);
  platter->limit_capacity(8 * 8192);
  const auto store = open_on(platter, at_rest());
  platter->limit_capacity(0);
  REQUIRE(platter->content(kReserve));
  CHECK(platter->content(kReserve)->size() == 8192);
  Result<void> put;
  for (int i = 0; put && i < 100; ++i) put = store->put(key_of(i), std::string(700, 'v'));
  fails(put, Errc::disk_full, "no room");
  ok(store->erase(key_of(0)));
  // The room that the delete opened is for deletes.
  fails(store->put("more", "x"), Errc::disk_full, "no room");
  ok(store->erase(key_of(1)));
}

TEST_CASE("on a disk too small for a reserve the store opens, and makes it when it can") {
  const Platter platter = platter_of(1);
  platter->limit_capacity(8192);  // the manifest takes half of it
  const auto store = open_on(platter, at_rest());
  CHECK_FALSE(platter->content(kReserve));
  platter->limit_capacity(100 * 8192);
  ok(store->put("a", "1"));  // which notices that there is room
  CHECK(soon([&] { return platter->content(kReserve).has_value(); }));
}

TEST_CASE("the reserve outlives a restart: a disk that is full by then takes deletes") {
  const Platter platter = platter_of(1);
  auto store = open_on(platter, at_rest());
  put_some(*store, 20);
  store.reset();
  platter->limit_capacity(0);
  const auto made = platter->calls(DiskCall::create);
  store = open_on(platter, at_rest());
  CHECK(platter->content(kReserve)->size() == 8192);
  fails(store->put(key_of(0), "x"), Errc::disk_full, "no room");
  ok(store->erase(key_of(0)));
  CHECK(value(store->get(key_of(0))) == std::nullopt);
  CHECK(platter->calls(DiskCall::create) > made);  // a spare was tried
  store.reset();
  platter->limit_capacity(1000 * 8192);
  StoreOptions larger = at_rest();
  larger.segment_bytes = 5 * 8192;
  store = open_on(platter, larger);
  CHECK(platter->content(kReserve)->size() == 5 * 8192);
  CHECK(value(store->get(key_of(0))) == std::nullopt);
  CHECK(value(store->get(key_of(1))));
}

TEST_CASE("a scrub reads headers too, which only the next start would miss") {
  const Platter platter = platter_of(1);
  auto store = open_on(platter, at_rest());
  put_some(*store, 20);
  ok(store->close());
  store = open_on(platter, at_rest());
  CHECK(value(store->scrub()).empty());
  const std::string segment = segment_name(SegmentId{1});
  for (const std::uint64_t at : {0U, 8U, 12U, 16U, 20U, 28U}) {
    CAPTURE(at);
    platter->flip_bit(segment, at, 0);
    const auto damage = value(store->scrub());
    REQUIRE(damage.size() == 1);
    CHECK(describe(damage[0]).starts_with(segment + " at offset 0: its header"));
    has_some(*store, 20);
    platter->flip_bit(segment, at, 0);
  }
  // Another segment's header is whole, and wrong here.
  const auto disk_content = platter->content(segment_name(SegmentId{2}))->substr(0, 64);
  for (std::uint64_t at = 0; at < disk_content.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const unsigned differ =
          static_cast<unsigned char>(disk_content[at]) ^
          static_cast<unsigned char>((*platter->content(segment))[at]);
      if ((differ >> bit & 1U) != 0) platter->flip_bit(segment, at, bit);
    }
  }
  CHECK(value(store->scrub()).size() == 1);
}

TEST_CASE("a start removes what no reader comes to, and keeps the rest") {
  const Platter platter = platter_of(1);
  auto open = [&] { return open_on(platter, at_rest()); };
  auto store = open();
  put_some(*store, 20);
  ok(store->close());
  std::vector<std::string> kept;
  const std::vector<std::string> leftovers{
      hint_name(SegmentId{999}),  // a compaction was cut short
      segment_name(SegmentId{999}) + ".tmp",
      hint_name(SegmentId{1}) + ".tmp",
      std::string(kManifestName) + ".tmp",
      kReserve + ".tmp",
      spare_name(5)};
  {
    const auto disk = value(open_simulated_disk(platter));
    kept = value(disk->list());
    for (const std::string& name : leftovers) kv::test::store(*disk, name, "left over");
  }
  REQUIRE(platter->content(hint_name(SegmentId{1})));
  store = open();
  for (const std::string& name : leftovers) {
    CAPTURE(name);
    CHECK_FALSE(platter->content(name));
  }
  for (const std::string& name : kept) {
    CAPTURE(name);
    CHECK((name.starts_with("spare-") || platter->content(name)));
  }
  has_some(*store, 20);
}

TEST_CASE("a start gives back the room that the last segment did not use") {
  const Platter platter = platter_of(1);
  auto store = open_on(platter, at_rest());
  ok(store->put("a", "1"));
  const std::string segment = segment_name(SegmentId{1});
  CHECK(platter->content(segment)->size() == 8192);
  platter->kill_process();
  store.reset();
  store = open_on(platter, at_rest());
  CHECK(platter->content(segment)->size() < 400);
  CHECK(store->stats().log_bytes == platter->content(segment)->size());
  CHECK(value(store->get("a")) == "1");
}

TEST_CASE("the hint of a segment that compaction removed goes with the next start") {
  const Platter platter = platter_of(1);
  auto store = open_on(platter, at_rest());
  put_some(*store, 20);
  ok(store->close());
  const std::string hint = hint_name(SegmentId{1});
  const std::string bytes = platter->content(hint).value();
  store = open_on(platter, at_rest());
  ok(store->compact(0));
  REQUIRE_FALSE(platter->content(hint));
  store.reset();
  kv::test::store(*value(open_simulated_disk(platter)), hint, bytes);
  store = open_on(platter, at_rest());
  CHECK_FALSE(platter->content(hint));
  has_some(*store, 20);
}

TEST_CASE("a segment that is lost while its hint is there is told, and the hint kept") {
  const Platter platter = platter_of(1);
  auto store = open_on(platter, at_rest());
  put_some(*store, 20);
  ok(store->close());
  store = open_on(platter, at_rest());
  ok(store->compact(0));  // from here on the manifest lists them
  store.reset();
  std::string segment;
  {
    const auto disk = value(open_simulated_disk(platter));
    for (const std::string& name : value(disk->list())) {
      if (segment.empty() && name.ends_with(".log")) segment = name;
    }
    ok(disk->remove(segment));
    ok(disk->sync_names());
  }
  fails(Store::open(value(open_simulated_disk(platter)), at_rest()), Errc::corrupt,
        segment + " at offset 0: the manifest lists it, and it is not there");
  CHECK(platter->content(hint_name(*segment_named(segment))));
}

TEST_CASE("keys whose time is over become deletes, which a restart does not undo") {
  std::atomic<std::uint64_t> now = 1'000'000;
  StoreOptions options = at_rest();
  options.wall_clock = [&] { return WallMs{now.load()}; };
  const Platter platter = platter_of(1);
  auto store = open_on(platter, options);
  const WriteOptions a_second{.sync = {}, .ttl = std::chrono::milliseconds(1000)};
  for (int i = 0; i < 20; ++i) ok(store->put(key_of(i), "x", a_second));
  for (int i = 20; i < 25; ++i) ok(store->put(key_of(i), "x"));
  ok(store->put(key_of(0), "again"));  // this time for ever
  const auto keys = [&] { return store->stats().keys; };
  CHECK(keys() == 25);
  now += 1000;
  CHECK(soon([&] { return keys() == 6; }));
  CHECK(store->stats().tombstones == 19);
  now -= 1000;  // a clock that is set back brings nothing back
  const auto check = [&] {
    for (int i = 0; i < 25; ++i) {
      CAPTURE(i);
      CHECK(value(store->get(key_of(i))).has_value() == (i == 0 || i >= 20));
    }
  };
  check();
  ok(store->sync());  // the sweep waits for none
  store.reset();
  platter->cut_power(Unsynced::all_lost);
  store = open_on(platter, options);
  CHECK(keys() == 6);
  check();
  ok(store->close());
  store = open_on(platter, options);
  ok(store->compact(0));
  check();
}
