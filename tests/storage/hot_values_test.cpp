// Which values stay in memory when the room for them ends.
#include "v4_replicated_kv/storage/hot_values.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "v4_replicated_kv/storage/index_entry.hpp"

using namespace kv;

namespace {

constexpr std::size_t kBytes = 100;  // of a value

// Room for so many values, and the entries of more keys than that.
struct Cache {
  explicit Cache(std::size_t values)
      : hot(values * HotValues(SIZE_MAX).room_for(std::string(kBytes, 'v'))) {
    for (const char* const key : {"a", "b", "c", "d", "e"}) {
      entries.push_back(IndexEntry::make(key));
    }
  }

  void keep(std::size_t i) { hot.keep(*entries[i], std::string(kBytes, 'v')); }

  std::vector<IndexEntryPtr> entries;  // outlive what is hot
  HotValues hot;
};

}  // namespace

TEST_CASE("the value that nobody used goes first, and of those the oldest") {
  Cache cache(3);
  for (const std::size_t i : {0U, 1U, 2U}) cache.keep(i);
  CHECK(HotValues::use(*cache.entries[0]) == std::string(kBytes, 'v'));
  cache.keep(3);
  CHECK(cache.entries[0]->is_hot);
  CHECK_FALSE(cache.entries[1]->is_hot);
  CHECK(cache.hot.count() == 3);
}

TEST_CASE("a use saves a value once, not for ever") {
  Cache cache(2);
  cache.keep(0);
  cache.keep(1);
  CHECK_FALSE(HotValues::use(*cache.entries[0]).empty());
  cache.keep(2);
  CHECK(cache.entries[0]->is_hot);
  CHECK_FALSE(cache.entries[1]->is_hot);
  cache.keep(3);
  CHECK_FALSE(cache.entries[0]->is_hot);
  CHECK(cache.entries[2]->is_hot);
}

TEST_CASE("where all were used, the oldest of them goes") {
  Cache cache(3);
  for (const std::size_t i : {0U, 1U, 2U}) cache.keep(i);
  for (const std::size_t i : {2U, 1U, 0U}) {
    CHECK_FALSE(HotValues::use(*cache.entries[i]).empty());
  }
  cache.keep(3);
  CHECK(cache.hot.count() == 3);
  CHECK(cache.entries[3]->is_hot);
  CHECK_FALSE(cache.entries[0]->is_hot);
}
