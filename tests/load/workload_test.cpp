#include "v4_replicated_kv/bench/workload.hpp"

#include <cmath>
#include <map>
#include <set>

#include <doctest/doctest.h>

#include "v4_replicated_kv/bench/record.hpp"

using namespace kv;
using namespace kv::bench;

TEST_CASE("each workload has YCSB's mix") {
  for (const Workload& workload : kWorkloads) {
    CAPTURE(workload.name);
    const std::map<Kind, std::uint64_t> parts{
        {Kind::read, workload.read},
        {Kind::update, workload.update},
        {Kind::insert, workload.insert},
        {Kind::scan, workload.scan},
        {Kind::read_modify_write, workload.read_modify_write}};
    std::map<Kind, double> seen;
    OperationSource source(workload, Distribution::zipf, 1000, 0, 1, Rng(1));
    constexpr double kDraws = 100'000;
    for (int i = 0; i < kDraws; ++i) seen[source.next().kind] += 1;
    std::uint64_t all = 0;
    for (const auto& [kind, part] : parts) {
      CAPTURE(name_of(kind));
      const double share = static_cast<double>(part) / 100;
      CHECK(std::abs(seen[kind] - share * kDraws) <=
            5 * std::sqrt(kDraws * share * (1 - share)));
      all += part;
    }
    CHECK(all == 100);
  }
}

TEST_CASE("reads of what is new find only keys that were there or were acknowledged") {
  for (const Distribution distribution : {Distribution::zipf, Distribution::uniform}) {
    OperationSource source(kWorkloads[3], distribution, 100, 1, 3, Rng(9));
    std::set<std::uint64_t> there;
    for (std::uint64_t key = 0; key < 100; ++key) there.insert(key);
    std::uint64_t newest = 0;
    std::uint64_t hits = 0;
    std::uint64_t reads = 0;
    for (int i = 0; i < 20'000; ++i) {
      const Operation operation = source.next();
      if (operation.kind == Kind::insert) {
        CHECK(operation.key % 3 == (100 + 1) % 3);  // no other thread's
        REQUIRE_FALSE(there.contains(operation.key));
        if (i % 7 == 0) continue;  // this one failed
        source.inserted(operation.key);
        there.insert(operation.key);
        newest = operation.key;
      } else {
        REQUIRE(there.contains(operation.key));
        ++reads;
        hits += operation.key == newest ? 1 : 0;
      }
    }
    if (distribution == Distribution::zipf) CHECK(hits * 20 > reads);
  }
}

TEST_CASE("under Zipf's law few keys are hot, and they are not neighbours") {
  OperationSource source(kWorkloads[2], Distribution::zipf, 10'000, 0, 1, Rng(2));
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < 100'000; ++i) ++seen[source.next().key];
  std::multimap<int, std::uint64_t> by_heat;
  for (const auto& [key, count] : seen) by_heat.emplace(count, key);
  const auto hottest = by_heat.rbegin();
  CHECK(hottest->first > 9000);  // 1 of 9.9 expected
  CHECK(hottest->first < 11'500);
  const std::uint64_t second = std::next(hottest)->second;
  CHECK(std::max(second, hottest->second) - std::min(second, hottest->second) > 1);
}

TEST_CASE("a value is known by its key, and a changed byte anywhere is seen") {
  for (const std::size_t bytes :
       {kValueBytesLeast, std::size_t{100}, std::size_t{3000}}) {
    ValueMaker maker(bytes, 4);
    std::string key;
    write_key(key, 42);
    CHECK(key == "user000000000042");
    std::string value;
    maker.write(value, key);
    REQUIRE(value.size() == bytes);
    REQUIRE(is_value_of(key, value));
    std::string other;
    write_key(other, 43);
    CHECK_FALSE(is_value_of(other, value));
    CHECK_FALSE(is_value_of(key, std::string_view(value).substr(0, bytes - 1)));
    CHECK_FALSE(is_value_of(key, value + "x"));
    CHECK_FALSE(is_value_of(key, ""));
    for (std::size_t i = 0; i < bytes; ++i) {
      std::string changed = value;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      REQUIRE_FALSE(is_value_of(key, changed));
    }
  }
}
