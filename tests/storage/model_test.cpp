// Any sequence of operations equals a plain map, whatever the disk does in between.
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "tests/storage/driven_engine.hpp"
#include "tests/storage/random_bytes.hpp"
#include "v4_replicated_kv/simulation/simulated_disk.hpp"

using namespace kv;

namespace {

using Platter = std::shared_ptr<SimulatedPlatter>;
using Twin = std::map<std::string, std::string>;

// Small segments and few hot values, so that a short story has all chapters: segments
// that fill up, compaction, eviction, cold reads.
DrivenEngine::Options random_options(Rng& rng) {
  return {.segment_bytes = 4096 + rng.below(4) * 1024,
          .hot_bytes = rng.below(3) * 600,
          .partitions = 1U << rng.below(4),
          .compress_from = 50};
}

std::string random_key(Rng& rng) {
  return "key-" + std::to_string(rng.below(12));
}

std::string random_value(Rng& rng) {
  const std::size_t size = rng.below(8) == 0 ? rng.below(3000) : rng.below(120);
  return rng.below(2) == 0 ? random_bytes(rng, size) : std::string(size, 'a');
}

void check_equal(DrivenEngine& store, const Twin& twin) {
  for (int i = 0; i < 12; ++i) {
    const std::string key = "key-" + std::to_string(i);
    CAPTURE(key);
    const auto value = store.get(key);
    REQUIRE(value);
    const auto expected = twin.find(key);
    if (expected == twin.end()) {
      CHECK(!*value);
    } else {
      REQUIRE(*value);
      CHECK(**value == expected->second);
    }
  }
  CHECK(store.engine().index().keys() == twin.size());
}

}  // namespace

TEST_CASE("10,000 random histories equal a plain map") {
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    auto platter = std::make_shared<SimulatedPlatter>(seed);
    const DrivenEngine::Options options = random_options(rng);
    auto store = DrivenEngine::open(*open_simulated_disk(platter), seed, options);
    REQUIRE(store);
    Twin twin;
    for (int step = 0; step < 40; ++step) {
      CAPTURE(step);
      const std::string key = random_key(rng);
      switch (rng.below(10)) {
        case 0:
        case 1:
          REQUIRE((*store)->erase(key));
          twin.erase(key);
          break;
        case 2:
          REQUIRE((*store)->compact(rng.below(2) == 0 ? 0.0 : 0.5));
          break;
        case 3: {
          const std::uint64_t how = rng.below(4);
          if (how == 0) REQUIRE((*store)->close());
          if (how == 1) REQUIRE((*store)->write_hints());
          if (how == 2) platter->cut_power();
          if (how == 3) platter->kill_process();
          store->reset();
          store = DrivenEngine::open(*open_simulated_disk(platter), rng.next(), options);
          REQUIRE(store);
          REQUIRE((*store)->damage.empty());
          break;
        }
        case 4: {
          const auto value = (*store)->get(key);
          REQUIRE(value);
          CHECK(value->has_value() == twin.contains(key));
          break;
        }
        default: {
          const std::string value = random_value(rng);
          REQUIRE((*store)->put(key, value));
          twin[key] = value;
        }
      }
    }
    check_equal(**store, twin);
  }
}

namespace {

// What a client may find afterwards: the last acknowledged state of a key, or what was on
// its way when the disk went wrong.
struct Promise {
  std::optional<std::string> acknowledged;
  std::set<std::optional<std::string>> unknown;
};

// Runs one story until something fails or it ends; notes what was promised.
std::map<std::string, Promise> tell(DrivenEngine& store, Rng& rng) {
  std::map<std::string, Promise> promises;
  for (int step = 0; step < 45; ++step) {
    const std::string key = "key-" + std::to_string(rng.below(6));
    const std::uint64_t what = rng.below(8);
    if (what == 0) {
      if (!store.compact(0.2)) return promises;
      if (!store.write_hints()) return promises;
      continue;
    }
    std::optional<std::string> value;
    if (what > 1) value = std::string(rng.below(700), 'v') + std::to_string(step);
    const auto done = value ? store.put(key, *value) : store.erase(key);
    Promise& promise = promises[key];
    if (done) {
      promise = {.acknowledged = value, .unknown = {}};
    } else {
      promise.unknown.insert(value);
      return promises;
    }
  }
  (void)store.close();
  return promises;
}

void check_kept(DrivenEngine& store, const std::map<std::string, Promise>& promises) {
  for (const auto& [key, promise] : promises) {
    CAPTURE(key);
    const auto value = store.get(key);
    REQUIRE(value);
    CHECK((*value == promise.acknowledged || promise.unknown.contains(*value)));
  }
}

// Fails the k-th call, for all k until none is left; then the machine restarts.
template <class Restart>
void fail_every_call(const DiskFault& kind, std::uint64_t stories, Restart restart) {
  for (std::uint64_t seed = 0; seed < stories; ++seed) {
    for (std::uint64_t call = 1;; ++call) {
      CAPTURE(seed);
      CAPTURE(call);
      auto platter = std::make_shared<SimulatedPlatter>(seed * 1000 + call);
      Rng rng(seed);
      DiskFault fault = kind;
      fault.call = call;
      platter->inject(fault);
      std::map<std::string, Promise> promises;
      auto disk = open_simulated_disk(platter);
      REQUIRE(disk);
      auto store = DrivenEngine::open(std::move(*disk), seed, {});
      if (store) promises = tell(**store, rng);
      const bool all_told = store && platter->calls() < call;
      if (store) store->reset();
      platter->heal();
      restart(*platter);
      store = DrivenEngine::open(*open_simulated_disk(platter), seed + 1, {});
      if (!store) FAIL(store.error().detail);
      CHECK((*store)->damage.empty());
      check_kept(**store, promises);
      REQUIRE((*store)->put("after", "it"));
      if (all_told) break;
    }
  }
}

}  // namespace

TEST_CASE("power fails at any call of the disk: what was acknowledged is there") {
  fail_every_call({.code = Errc::io, .for_ever = true}, 6,
                  [](SimulatedPlatter& platter) { platter.cut_power(); });
}

TEST_CASE(
    "any call of the disk fails once, then the power: what was acknowledged is there") {
  fail_every_call({.code = Errc::io}, 6,
                  [](SimulatedPlatter& platter) { platter.cut_power(); });
}

TEST_CASE(
    "any call finds the disk full, once or for ever: what was acknowledged is there") {
  for (const bool for_ever : {false, true}) {
    fail_every_call({.code = Errc::disk_full, .for_ever = for_ever}, 4,
                    [](SimulatedPlatter& platter) { platter.kill_process(); });
  }
}

TEST_CASE(
    "any call finds too many files open, once or for ever: nothing acknowledged is "
    "lost") {
  for (const bool for_ever : {false, true}) {
    fail_every_call({.code = Errc::out_of_memory, .for_ever = for_ever}, 4,
                    [](SimulatedPlatter& platter) { platter.cut_power(); });
  }
}

TEST_CASE("a power cut in the middle of a recovery harms nothing") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    auto platter = std::make_shared<SimulatedPlatter>(seed);
    Rng rng(seed);
    auto store = DrivenEngine::open(*open_simulated_disk(platter), seed, {});
    REQUIRE(store);
    const auto promises = tell(**store, rng);
    store->reset();
    platter->cut_power();
    for (std::uint64_t call = 1; call < 40; ++call) {
      CAPTURE(call);
      platter->inject({.call = call, .for_ever = true});
      auto half = DrivenEngine::open(*open_simulated_disk(platter), seed, {});
      half = fail(Errc::io, "closed");
      platter->heal();
      platter->cut_power();
    }
    store = DrivenEngine::open(*open_simulated_disk(platter), seed, {});
    REQUIRE(store);
    CHECK((*store)->damage.empty());
    check_kept(**store, promises);
  }
}

TEST_CASE("after a kill and then a power cut within the recovery, nothing is damaged") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    auto platter = std::make_shared<SimulatedPlatter>(seed);
    {
      auto store = DrivenEngine::open(*open_simulated_disk(platter), seed,
                                      {.segment_bytes = 1 << 16, .sync = false});
      REQUIRE(store);
      for (int i = 0; i < 60; ++i) REQUIRE((*store)->put(std::to_string(i), "value"));
      platter->kill_process();  // all that was written is in the page cache only
    }
    for (std::uint64_t call = 1; call < 30; ++call) {
      CAPTURE(call);
      const Platter twin = platter->copy(seed * 100 + call);
      twin->inject({.call = call, .for_ever = true});
      auto half = DrivenEngine::open(*open_simulated_disk(twin), seed, {});
      half = fail(Errc::io, "closed");
      twin->heal();
      twin->cut_power();
      const auto store = DrivenEngine::open(*open_simulated_disk(twin), seed, {});
      REQUIRE(store);
      CHECK((*store)->damage.empty());
    }
  }
}

TEST_CASE("a store that acknowledges before it syncs is caught") {
  int lost = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    auto platter = std::make_shared<SimulatedPlatter>(seed);
    auto store = DrivenEngine::open(*open_simulated_disk(platter), seed, {.sync = false});
    REQUIRE(store);
    for (int i = 0; i < 20; ++i) REQUIRE((*store)->put(std::to_string(i), "x"));
    store->reset();
    platter->cut_power();
    store = DrivenEngine::open(*open_simulated_disk(platter), seed, {});
    REQUIRE(store);
    for (int i = 0; i < 20; ++i) lost += !*(*store)->get(std::to_string(i)) ? 1 : 0;
  }
  CHECK(lost > 0);
}
