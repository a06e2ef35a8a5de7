// A cut and a flipped bit at every byte of a log, and of what lies beside it.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "tests/storage/driven_engine.hpp"
#include "tests/storage/numbered_keys.hpp"
#include "v4_replicated_kv/simulation/simulated_disk.hpp"

using namespace kv;
using namespace kv::test;

namespace {

constexpr int kRecords = 50;
constexpr DrivenEngine::Options kOneSegment{.segment_bytes = 1 << 16, .hot_bytes = 0};

using Platter = std::shared_ptr<SimulatedPlatter>;

std::string value_of(int i) {
  return std::string(static_cast<std::size_t>(i % 7), 'v') + std::to_string(i);
}

// 50 records, each in a group of its own and durable when it was acknowledged; the last
// life ended by a power cut.
Platter log_of_50() {
  auto platter = std::make_shared<SimulatedPlatter>(1);
  auto store = DrivenEngine::open(*open_simulated_disk(platter), 1, kOneSegment);
  REQUIRE(store);
  for (int i = 0; i < kRecords; ++i) REQUIRE((*store)->put(key_of(i), value_of(i)));
  platter->cut_power(Unsynced::all_lost);
  return platter;
}

// The same, sealed and with a hint.
Platter sealed_log_of_50() {
  const Platter platter = log_of_50();
  auto store = DrivenEngine::open(*open_simulated_disk(platter), 2, kOneSegment);
  REQUIRE(store);
  REQUIRE((*store)->close());
  return platter;
}

// How many of the 50 are there; each that is has the value that it was given.
int count_kept(DrivenEngine& store, int* first_lost = nullptr) {
  int kept = 0;
  for (int i = 0; i < kRecords; ++i) {
    const auto value = store.get(key_of(i));
    if (value && *value) {
      CHECK(**value == value_of(i));
      ++kept;
    } else if (first_lost != nullptr && kept == i) {
      *first_lost = i;
    }
  }
  return kept;
}

std::uint64_t end_of_log(const Platter& platter) {
  const std::string bytes = *platter->content(segment_name(SegmentId{1}));
  return (bytes.find_last_not_of('\0') / kGroupAlignment + 1) * kGroupAlignment;
}

void cut_file(const Platter& platter, const std::string& name, std::uint64_t size) {
  const auto disk = open_simulated_disk(platter);
  REQUIRE(disk);
  const auto file = (*disk)->open(name);
  REQUIRE(file);
  REQUIRE((*file)->resize(size));
  REQUIRE((*file)->sync());
}

}  // namespace

TEST_CASE("a log that is cut at any byte keeps all whole groups before, and goes on") {
  const Platter original = log_of_50();
  const std::string name = segment_name(SegmentId{1});
  int last_kept = 0;
  for (std::uint64_t cut = kSegmentHeaderBytes; cut <= end_of_log(original); ++cut) {
    CAPTURE(cut);
    const Platter platter = original->copy(cut);
    cut_file(platter, name, cut);
    auto store = DrivenEngine::open(*open_simulated_disk(platter), 3, kOneSegment);
    REQUIRE(store);
    CHECK((*store)->damage.empty());
    const int kept = count_kept(**store);
    CHECK(kept >= last_kept);
    CHECK(kept <= last_kept + 1);
    last_kept = kept;
    // What was never acknowledged is a prefix in log order: no hole.
    int first_lost = kRecords;
    count_kept(**store, &first_lost);
    CHECK(first_lost == kept);
    REQUIRE((*store)->put("after", "the cut"));
    // Recovering twice is recovering once.
    store->reset();
    auto again = DrivenEngine::open(*open_simulated_disk(platter), 4, kOneSegment);
    REQUIRE(again);
    CHECK((*again)->damage.empty());
    CHECK_FALSE((*again)->torn_tail);
    CHECK(count_kept(**again) == kept);
    CHECK(*(*again)->get("after") == "the cut");
  }
  CHECK(last_kept == kRecords);
}

TEST_CASE("a cut within the header is damage, said with its place") {
  const Platter original = log_of_50();
  for (std::uint64_t cut = 0; cut < 32; ++cut) {
    CAPTURE(cut);
    const Platter platter = original->copy(cut);
    cut_file(platter, segment_name(SegmentId{1}), cut);
    auto store = DrivenEngine::open(*open_simulated_disk(platter), 3, kOneSegment);
    REQUIRE(store);
    CHECK((*store)->keys_unknown);
    REQUIRE((*store)->damage.size() == 1);
    CHECK(describe((*store)->damage[0]).find("segment-00000001.log") == 0);
  }
}

TEST_CASE(
    "a bit that is flipped at any byte of the log is told, unless it is the tail's") {
  const Platter original = log_of_50();
  const std::uint64_t end = end_of_log(original);
  const std::string name = segment_name(SegmentId{1});
  Rng rng(5);
  int torn = 0;
  for (std::uint64_t at = 0; at < end; ++at) {
    CAPTURE(at);
    const Platter platter = original->copy(at);
    platter->flip_bit(name, at, static_cast<unsigned>(rng.below(8)));
    auto store = DrivenEngine::open(*open_simulated_disk(platter), 3, kOneSegment);
    REQUIRE(store);
    const int kept = count_kept(**store);
    if ((*store)->torn_tail) {
      // A flipped bit in the very last group looks like a torn one; only there.
      CHECK(kept == kRecords - 1);
      CHECK((*store)->damage.empty());
      ++torn;
    } else if (!(*store)->damage.empty()) {
      CHECK((*store)->keys_unknown);
      CHECK(kept == (at < kSegmentHeaderBytes ? 0 : kRecords - 1));
    } else {
      CHECK(kept == kRecords);  // padding, which says nothing
    }
  }
  CHECK(torn > 0);
  CHECK(torn < 200);
}

TEST_CASE("a page of the last group that never reached the disk is a torn tail") {
  auto platter = std::make_shared<SimulatedPlatter>(1);
  auto store = DrivenEngine::open(*open_simulated_disk(platter), 1, kOneSegment);
  REQUIRE(store);
  for (int i = 0; i < kRecords; ++i) REQUIRE((*store)->put(key_of(i), value_of(i)));
  const std::string long_value(20'000, 'x');
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    const Platter copy = platter->copy(seed);
    copy->kill_process();
    DrivenEngine::Options unsynced = kOneSegment;
    unsynced.sync = false;
    unsynced.compress_from = 1 << 20;
    {
      auto life = DrivenEngine::open(*open_simulated_disk(copy), seed, unsynced);
      REQUIRE(life);
      REQUIRE((*life)->put("long", long_value));
      REQUIRE((*life)->put("short", "x"));
      copy->cut_power();
    }
    auto after = DrivenEngine::open(*open_simulated_disk(copy), seed, kOneSegment);
    REQUIRE(after);
    CHECK((*after)->damage.empty());
    CHECK(count_kept(**after) == kRecords);
    const auto value = (*after)->get("long");
    REQUIRE(value);
    if (*value) CHECK(**value == long_value);
    if (!*value) CHECK(!*(*after)->get("short"));  // no hole in the log's order
  }
}

TEST_CASE("damage in a sealed segment without a hint is corruption, at any byte") {
  const Platter original = sealed_log_of_50();
  const std::string name = segment_name(SegmentId{1});
  const std::uint64_t end = end_of_log(original);
  Rng rng(6);
  for (std::uint64_t at = 0; at < end; ++at) {
    CAPTURE(at);
    const Platter platter = original->copy(at);
    platter->flip_bit(name, at, static_cast<unsigned>(rng.below(8)));
    {
      const auto disk = open_simulated_disk(platter);
      REQUIRE((*disk)->remove(hint_name(SegmentId{1})));
      REQUIRE((*disk)->sync_names());
    }
    {  // a later segment makes this one sealed, whatever its end looks like
      auto store =
          DrivenEngine::open(*open_simulated_disk(original->copy(at)), 3, kOneSegment);
      REQUIRE(store);
    }
    auto store = DrivenEngine::open(*open_simulated_disk(platter), 3, kOneSegment);
    REQUIRE(store);
    const int kept = count_kept(**store);
    const bool told = !(*store)->damage.empty() || (*store)->torn_tail;
    CHECK((told || kept == kRecords));
    CHECK(kept >= (at < kSegmentHeaderBytes ? 0 : kRecords - 1));
  }
}

TEST_CASE("a hint that is cut or flipped at any byte costs a scan, and nothing else") {
  const Platter original = sealed_log_of_50();
  const std::string name = hint_name(SegmentId{1});
  const std::uint64_t size = original->content(name)->size();
  Rng rng(7);
  for (std::uint64_t at = 0; at < size; ++at) {
    for (const bool cut : {true, false}) {
      CAPTURE(at);
      CAPTURE(cut);
      const Platter platter = original->copy(at);
      if (cut) {
        cut_file(platter, name, at);
      } else {
        platter->flip_bit(name, at, static_cast<unsigned>(rng.below(8)));
      }
      auto store = DrivenEngine::open(*open_simulated_disk(platter), 3, kOneSegment);
      REQUIRE(store);
      CHECK((*store)->damage.empty());
      CHECK(count_kept(**store) == kRecords);
    }
  }
}

TEST_CASE("with a hint the keys of a damaged segment are known, and say so one by one") {
  const Platter original = sealed_log_of_50();
  const std::string name = segment_name(SegmentId{1});
  const std::uint64_t end = end_of_log(original);
  for (std::uint64_t at = kSegmentHeaderBytes; at < end; at += 5) {
    CAPTURE(at);
    const Platter platter = original->copy(at);
    platter->flip_bit(name, at, 3);
    auto store = DrivenEngine::open(*open_simulated_disk(platter), 3, kOneSegment);
    REQUIRE(store);
    CHECK_FALSE((*store)->keys_unknown);
    int corrupt = 0;
    for (int i = 0; i < kRecords; ++i) {
      const auto value = (*store)->get(key_of(i));
      if (value) {
        CHECK(*value == value_of(i));
      } else {
        CHECK(value.error().code == Errc::corrupt);
        ++corrupt;
      }
    }
    CHECK(corrupt <= 1);
  }
}

TEST_CASE("a manifest that is cut or flipped at any byte is refused") {
  const Platter original = sealed_log_of_50();
  const std::string name(kManifestName);
  const std::uint64_t size = original->content(name)->size();
  for (std::uint64_t at = 0; at < size; ++at) {
    CAPTURE(at);
    const Platter flipped = original->copy(at);
    flipped->flip_bit(name, at, static_cast<unsigned>(at % 8));
    auto store = DrivenEngine::open(*open_simulated_disk(flipped), 3, kOneSegment);
    REQUIRE_FALSE(store);
    CHECK(store.error().code == Errc::corrupt);
    const Platter cut = original->copy(at);
    cut_file(cut, name, at);
    store = DrivenEngine::open(*open_simulated_disk(cut), 3, kOneSegment);
    REQUIRE_FALSE(store);
    CHECK(store.error().code == Errc::corrupt);
  }
}

TEST_CASE("segments without a manifest are not taken for a new store") {
  const Platter platter = sealed_log_of_50();
  REQUIRE((*open_simulated_disk(platter))->remove(std::string(kManifestName)));
  const auto store = DrivenEngine::open(*open_simulated_disk(platter), 3, kOneSegment);
  REQUIRE_FALSE(store);
  CHECK(store.error().code == Errc::corrupt);
  CHECK(store.error().detail.find("MANIFEST is missing") == 0);
}

TEST_CASE(
    "a segment that no manifest lists is missed by its hint, until one is written") {
  const Platter platter = sealed_log_of_50();
  REQUIRE(platter->content(hint_name(SegmentId{1})));
  REQUIRE((*open_simulated_disk(platter))->remove(segment_name(SegmentId{1})));
  for (int start = 0; start < 2; ++start) {
    const auto store = DrivenEngine::open(*open_simulated_disk(platter), 3, kOneSegment);
    REQUIRE(store);
    CHECK((*store)->keys_unknown);
    REQUIRE((*store)->damage.size() == 1);
    CHECK((*store)->damage.front().file == segment_name(SegmentId{1}));
  }
}
