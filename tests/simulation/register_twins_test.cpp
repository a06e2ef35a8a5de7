// The register checkers against a twin that tries all orders of small histories.
#include <cstdint>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include "tests/simulation/all_orders.hpp"
#include "tests/simulation/random_history.hpp"
#include "v4_replicated_kv/simulation/check_linearizable.hpp"
#include "v4_replicated_kv/simulation/check_lost.hpp"
#include "v4_replicated_kv/simulation/check_regular.hpp"

using namespace kv;
using namespace kv::test;

namespace {

// Whether one order of all writes and this one read explains it.
bool read_alone_explained(const std::vector<ClientOperation>& operations,
                          const ClientOperation& read) {
  std::vector<ClientOperation> alone{read};
  for (const ClientOperation& operation : operations) {
    if (operation.is_write()) alone.push_back(operation);
    const bool twice = operation.may_return && operation.outcome == Outcome::ok;
    if (twice) alone.push_back(unknown(operation));
  }
  return AllOrders(alone).any();
}

bool all_reads_explained(const std::vector<ClientOperation>& operations) {
  for (const ClientOperation& operation : operations) {
    const bool read = !operation.is_write() && operation.outcome == Outcome::ok;
    if (read && !read_alone_explained(operations, operation)) return false;
  }
  return true;
}

bool end_explained(const std::vector<ClientOperation>& operations,
                   const std::vector<WriteId>& values) {
  ClientOperation look = get(99, {}, kEndOfTime.raw(), kEndOfTime.raw());
  look.seen = values;
  return read_alone_explained(operations, look);
}

std::optional<Violation> check_end(const std::vector<ClientOperation>& operations,
                                   const std::vector<WriteId>& values) {
  const FinalState end{.key = KeyNumber{3}, .values = values};
  return check_lost(history_of(operations), {&end, 1});
}

Shape random_shape(Rng& rng) {
  return {.clients = 2 + static_cast<std::uint32_t>(rng.below(3)),
          .operations = 1 + rng.below(4),
          .ticks = 1 + rng.below(6),
          .deletes = rng.below(2) == 0};
}

struct Counts {
  int good = 0;
  int bad = 0;
  void add(bool fine) { ++(fine ? good : bad); }
};

}  // namespace

TEST_CASE("an order is found by zones exactly where trying all orders finds one") {
  Counts counts;
  for (std::uint64_t seed = 0; seed < 12'000; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    RandomHistory random(rng.next(), random_shape(rng));
    const auto spoilt = rng.below(6);
    for (std::uint64_t i = 0; i < spoilt; ++i) random.spoil();
    const bool explained = AllOrders(random.operations()).any();
    if (spoilt == 0) REQUIRE(explained);
    const auto violation = check_linearizable(history_of(random.operations()));
    CAPTURE((violation ? violation->sentence : "no violation"));
    REQUIRE(violation.has_value() == !explained);
    counts.add(explained);
  }
  CHECK(counts.good > 3000);
  CHECK(counts.bad > 3000);
}

TEST_CASE("reads that cannot name their delete raise no false alarm, and few escape") {
  Counts counts;
  int missed = 0;
  for (std::uint64_t seed = 0; seed < 12'000; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    Shape shape = random_shape(rng);
    shape.deletes = true;
    shape.reads_name_deletes = false;
    RandomHistory random(rng.next(), shape);
    for (auto spoilt = rng.below(6); spoilt > 0; --spoilt) random.spoil();
    const bool explained = AllOrders(random.operations()).any();
    const auto violation = check_linearizable(history_of(random.operations()));
    CAPTURE((violation ? violation->sentence : "no violation"));
    if (explained) REQUIRE_FALSE(violation);
    if (!explained && !violation) ++missed;
    counts.add(explained);
  }
  CHECK(counts.good > 3000);
  CHECK(counts.bad > 2000);
  MESSAGE("missed ", missed, " of ", counts.bad);
  CHECK(missed < counts.bad / 20);
}

TEST_CASE("a read is regular exactly where some order of all writes explains it") {
  Counts counts;
  for (std::uint64_t seed = 0; seed < 12'000; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    Shape shape = random_shape(rng);
    shape.reads_name_deletes = rng.below(2) == 0;
    shape.tries_twice = true;
    RandomHistory random(rng.next(), shape);
    for (auto spoilt = rng.below(6); spoilt > 0; --spoilt) random.spoil();
    const bool explained = all_reads_explained(random.operations());
    const auto violation = check_regular(history_of(random.operations()));
    CAPTURE((violation ? violation->sentence : "no violation"));
    REQUIRE(violation.has_value() == !explained);
    counts.add(explained);
  }
  CHECK(counts.good > 3000);
  CHECK(counts.bad > 2500);
}

TEST_CASE("a final value is accepted exactly where some order of all writes ends in it") {
  Counts counts;
  for (std::uint64_t seed = 0; seed < 12'000; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    Shape shape = random_shape(rng);
    shape.reads_name_deletes = rng.below(2) == 0;
    shape.tries_twice = true;
    RandomHistory random(rng.next(), shape);
    for (auto spoilt = rng.below(3); spoilt > 0; --spoilt) random.spoil();
    std::vector<WriteId> values = random.last();
    if (rng.below(2) == 0) {
      values = rng.below(5) == 0 ? ids({}) : ids({rng.below(6)});
    }
    const bool explained = end_explained(random.operations(), values);
    const auto violation = check_end(random.operations(), values);
    CAPTURE((violation ? violation->sentence : "no violation"));
    REQUIRE(violation.has_value() == !explained);
    counts.add(explained);
  }
  CHECK(counts.good > 3000);
  CHECK(counts.bad > 3000);
}
