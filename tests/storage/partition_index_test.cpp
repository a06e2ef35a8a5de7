#include "v4_replicated_kv/storage/partition_index.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "common/hash/functions.hpp"
#include "v4_replicated_kv/storage/index.hpp"

using namespace kv;

namespace {

// The dumb twin: what a sorted map would say.
using SortedIndex = std::map<std::pair<KeyHash, std::string>, std::uint64_t>;

SortedIndex entries_of(const PartitionIndex& index) {
  SortedIndex found;
  index.walk(KeyHash{0}, {}, [&](KeyHash hash, const IndexEntry& entry) {
    found[{hash, std::string(entry.key())}] = entry.seq;
    return true;
  });
  return found;
}

// Hashes that crowd: few homes, many equal ones, the ends of the range.
KeyHash crowded(Rng& rng, unsigned skip) {
  const std::uint64_t rest = rng.below(3) == 0 ? ~std::uint64_t{0} << (20 + rng.below(40))
                                               : rng.next() >> rng.below(60);
  return KeyHash{rest >> skip};
}

}  // namespace

TEST_CASE("a partition's index does what a sorted map does") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto skip = static_cast<unsigned>(rng.below(4) * 4);
    PartitionIndex index(skip);
    SortedIndex twin;
    for (int step = 0; step < 600; ++step) {
      const KeyHash hash = crowded(rng, skip);
      const std::string key = std::to_string(rng.below(3));
      const bool is_there = twin.contains({hash, key});
      index.expect_slot(hash);
      index.expect_entry(hash);
      REQUIRE((index.find(hash, key) != nullptr) == is_there);
      if (is_there && rng.below(2) == 0) {
        index.erase(hash, key);
        twin.erase({hash, key});
      } else if (!is_there) {
        IndexEntryPtr entry = IndexEntry::make(key);
        entry->seq = static_cast<std::uint64_t>(step);
        index.insert(hash, std::move(entry));
        twin[{hash, key}] = static_cast<std::uint64_t>(step);
      }
    }
    CHECK(index.size() == twin.size());
    CHECK(entries_of(index) == twin);
  }
}

TEST_CASE("a walk goes on from any key, there or not, and can be ended") {
  Rng rng(7);
  PartitionIndex index(0);
  SortedIndex twin;
  for (int i = 0; i < 500; ++i) {
    const KeyHash hash{rng.next()};
    const std::string key = std::to_string(i);
    index.insert(hash, IndexEntry::make(key));
    twin[{hash, key}] = 0;
  }
  for (int run = 0; run < 500; ++run) {
    CAPTURE(run);
    const KeyHash from{rng.next()};
    std::vector<std::string> seen;
    index.walk(from, {}, [&](KeyHash, const IndexEntry& entry) {
      seen.emplace_back(entry.key());
      return seen.size() < 5;
    });
    std::vector<std::string> expected;
    for (auto at = twin.lower_bound({from, ""}); at != twin.end(); ++at) {
      if (expected.size() < 5) expected.push_back(at->first.second);
    }
    CHECK(seen == expected);
  }
}

TEST_CASE("records in any order end with the same keys") {
  struct Line {
    std::string key;
    Record record;
    Position at;
  };
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    std::vector<Line> lines;
    for (std::uint32_t seq = 1; seq <= 60; ++seq) {
      lines.push_back({.key = "k" + std::to_string(rng.below(10)),
                       .record = {.kind = rng.below(3) == 0 ? RecordKind::tombstone
                                                            : RecordKind::value,
                                  .seq = seq},
                       .at = {.segment = SegmentId{1}, .offset = seq}});
    }
    std::string summary[2];
    std::uint64_t live[2] = {};
    for (int order = 0; order < 2; ++order) {
      Index index(4, 1000);
      for (Line& line : lines) {
        line.record.key = line.key;
        index.apply(KeyHash{xxh3(line.key)}, line.record, line.at, 10);
      }
      for (std::uint32_t p = 0; p < 4; ++p) {
        index.partition(PartitionId{p})
            .walk(KeyHash{0}, {}, [&](KeyHash, const IndexEntry& entry) {
              summary[order] += std::string(entry.key()) + std::to_string(entry.seq) +
                                "/" + std::to_string(entry.older) + " ";
              return true;
            });
      }
      live[order] = index.live_bytes(SegmentId{1});
      for (std::size_t i = lines.size(); i > 1; --i) {
        std::swap(lines[i - 1], lines[rng.below(i)]);
      }
    }
    CHECK(summary[0] == summary[1]);
    CHECK(live[0] == live[1]);
  }
}

TEST_CASE("dropping a partition voids what came before, in whatever order it is read") {
  const std::string drop("\x00\x00\x00\x00", 4);
  const KeyHash hash{1};  // partition 0
  const auto apply = [&](Index& index, std::uint64_t seq, bool is_drop) {
    const Record record{.kind = is_drop ? RecordKind::drop_partition : RecordKind::value,
                        .seq = seq,
                        .key = is_drop ? std::string_view(drop) : "k"};
    index.apply(hash, record, {.segment = SegmentId{1}}, 10);
  };
  Index before(2, 0);
  apply(before, 1, false);
  apply(before, 2, true);
  CHECK(before.keys() == 0);
  Index after(2, 0);
  apply(after, 2, true);
  apply(after, 1, false);
  CHECK(after.keys() == 0);
  apply(after, 3, false);
  CHECK(after.keys() == 1);
  CHECK(after.find(hash, "k")->seq == 3);
}
