// What the table promises, after any history: distinct, spread over zones, fair; and that
// a change moves no more than it must.
#include <algorithm>
#include <cmath>
#include <map>
#include <ranges>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/placement/history.hpp"
#include "tests/placement/least_moves.hpp"
#include "v4_replicated_kv/placement/quota.hpp"

using namespace kv;

namespace {

constexpr double kRounding = 1e-6;

std::map<NodeId, std::size_t> copies_by_node(const PartitionTable& table) {
  std::map<NodeId, std::size_t> copies;
  for (const NodeId node : table.rows()) ++copies[node];
  return copies;
}

std::map<NodeId, std::size_t> primaries_by_node(const PartitionTable& table) {
  std::map<NodeId, std::size_t> primaries;
  for (std::uint32_t p = 0; p < table.partitions(); ++p) {
    ++primaries[table.owners(PartitionId{p}).front()];
  }
  return primaries;
}

// Different members in every row; and one zone has two more than another only if that has
// no more nodes to give.
void check_rows(const PartitionTable& table, const std::vector<Member>& members) {
  std::map<NodeId, std::string> zone_of;
  std::map<std::string, std::size_t> sizes;
  for (const Member& member : members) {
    zone_of[member.node.id] = member.zone;
    ++sizes[member.zone];
  }
  for (std::uint32_t p = 0; p < table.partitions(); ++p) {
    CAPTURE(p);
    const auto row = table.owners(PartitionId{p});
    REQUIRE(std::set(row.begin(), row.end()).size() == table.copies());
    std::map<std::string, std::size_t> in_zone;
    for (const NodeId node : row) {
      REQUIRE(zone_of.contains(node));
      ++in_zone[zone_of[node]];
    }
    std::size_t most = 0;
    for (const auto& [zone, count] : in_zone) most = std::max(most, count);
    for (const auto& [zone, size] : sizes) {
      REQUIRE((in_zone[zone] + 1 >= most || in_zone[zone] == size));
    }
  }
}

void check_shares(const PartitionTable& table, const std::vector<Member>& members) {
  auto copies = copies_by_node(table);
  auto primaries = primaries_by_node(table);
  const Quota quota = quota_of(members, table.copies(), table.partitions());
  for (std::size_t i = 0; i < members.size(); ++i) {
    const NodeId node = members[i].node.id;
    CAPTURE(members[i].node.name);
    const double share = quota.share[i];
    REQUIRE(std::abs(static_cast<double>(copies[node]) - share) < 1 - kRounding / 2);
    const double of_primaries = share / static_cast<double>(table.copies());
    REQUIRE(std::abs(static_cast<double>(primaries[node]) - of_primaries) < 1);
  }
}

// By hand: what is above the brim is cut off and shared out again until nothing is.
std::vector<double> dumb_shares(const std::vector<Member>& members, double copies,
                                double brim) {
  std::vector<bool> full(members.size());
  for (;;) {
    double left = copies;
    double weights = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      left -= full[i] ? brim : 0;
      weights += full[i] ? 0 : members[i].node.weight;
    }
    std::vector<double> shares;
    bool over = false;
    for (std::size_t i = 0; i < members.size(); ++i) {
      shares.push_back(full[i] ? brim : left * members[i].node.weight / weights);
      over |= shares[i] > brim + kRounding;
    }
    if (!over) return shares;
    for (std::size_t i = 0; i < members.size(); ++i) full[i] = shares[i] >= brim;
  }
}

}  // namespace

TEST_CASE("quota: without zones a share is by weight, and at most one copy of each row") {
  bool some_full = false;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const std::size_t copies = 1 + rng.below(5);
    const auto members =
        random_members(rng, {.least = copies, .most = copies + 6, .weighted = true});
    const Quota quota = quota_of(members, copies, 128);
    const auto expected = dumb_shares(members, 128.0 * static_cast<double>(copies), 128);
    for (std::size_t i = 0; i < members.size(); ++i) {
      REQUIRE(std::abs(quota.share[i] - expected[i]) < kRounding);
      some_full |= copies > 1 && copies < members.size() && expected[i] >= 128;
    }
  }
  CHECK(some_full);
}

TEST_CASE("quota: with zones nobody could have more but from one who has less a weight") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const std::size_t copies = 1 + rng.below(4);
    const double brim = 64;
    const auto members = random_members(rng, {.least = copies,
                                              .most = copies + 9,
                                              .zones = 1 + rng.below(5),
                                              .weighted = true});
    const Quota quota = quota_of(members, copies, 64);
    const auto zones = quota.zone_in_row.size();
    std::vector<double> total(zones), low(zones, 1e9), high(zones), full(zones);
    double sum = 0;
    for (std::size_t i = 0; i < members.size(); ++i) {
      const std::size_t zone = quota.zone_of[i];
      const double level = quota.share[i] / members[i].node.weight;
      total[zone] += quota.share[i];
      sum += quota.share[i];
      REQUIRE(quota.share[i] <= brim);
      const bool is_full = quota.share[i] > brim - kRounding;
      if (!is_full) low[zone] = std::min(low[zone], level);
      if (!is_full) high[zone] = std::max(high[zone], level);
      if (is_full) full[zone] = std::max(full[zone], level);
    }
    REQUIRE(std::abs(sum - brim * static_cast<double>(copies)) < kRounding);
    for (std::size_t z = 0; z < zones; ++z) {
      // Within a zone all that are not full have one level, and who is full is at it or
      // below.
      if (high[z] > 0) REQUIRE(high[z] - low[z] < kRounding);
      if (high[z] > 0) REQUIRE(full[z] < high[z] + kRounding);
      const Between bounds = quota.zone_in_row[z];
      REQUIRE(total[z] > brim * static_cast<double>(bounds.least) - kRounding);
      REQUIRE(total[z] < brim * static_cast<double>(bounds.most) + kRounding);
      for (std::size_t y = 0; y < zones; ++y) {
        if (high[z] == 0 || high[y] == 0 || high[z] < high[y] + kRounding) continue;
        const Between& other = quota.zone_in_row[y];
        const bool at_least =
            total[z] < brim * static_cast<double>(bounds.least) + kRounding;
        const bool at_most =
            total[y] > brim * static_cast<double>(other.most) - kRounding;
        REQUIRE((at_least || at_most));
      }
    }
  }
}

TEST_CASE("table: fair to one copy and one primary after any history") {
  for (std::uint64_t seed = 0; seed < 120; ++seed) {
    CAPTURE(seed);
    const std::size_t copies = 1 + seed % 4;
    RingHistory history(seed, {.members = {.least = copies,
                                           .most = 12,
                                           .zones = seed % 3 == 0 ? 0 : 1 + seed % 5,
                                           .weighted = seed % 2 == 0},
                               .copies = copies,
                               .partitions = std::size_t{16} << seed % 4});
    for (int step = 0; step < 20; ++step) {
      CAPTURE(step);
      check_rows(history.table(), history.members());
      check_shares(history.table(), history.members());
      history.step();
    }
  }
}

TEST_CASE("table: from 3 to 200 nodes and back, equal nodes differ by at most one copy") {
  Rng rng(1);
  const RandomMembers equal{.least = 3, .most = 3};
  auto members = random_members(rng, equal);
  PartitionTable table = table_from_walk(members, 3, kPartitionsDefault);
  const auto spread = [](const std::map<NodeId, std::size_t>& counts) {
    const auto [least, most] = std::ranges::minmax(counts | std::views::values);
    return most - least;
  };
  for (int step = 0; step < 400; ++step) {
    CAPTURE(step);
    const bool grows = step < 197;
    if (!grows && members.size() == 3) break;
    if (grows) {
      members.push_back(random_member(rng, 3 + static_cast<std::uint32_t>(step), equal));
    } else {
      members.erase(members.begin() +
                    static_cast<std::ptrdiff_t>(rng.below(members.size())));
    }
    const PartitionTable next = rebalanced(table, members);
    const auto moved = moves(table, next);
    if (grows) {
      const NodeId newcomer = members.back().node.id;
      REQUIRE(std::ranges::all_of(moved, [&](Move at) { return at.to == newcomer; }));
      const double share = 3.0 * kPartitionsDefault / static_cast<double>(members.size());
      REQUIRE(std::abs(static_cast<double>(moved.size()) - share) < 1);
    }
    REQUIRE(copies_by_node(next).size() == members.size());
    REQUIRE(spread(copies_by_node(next)) <= 1);
    REQUIRE(spread(primaries_by_node(next)) <= 1);
    table = next;
  }
  CHECK(members.size() == 3);
}

TEST_CASE("table: no fair table needs fewer moves, zones and weights included") {
  std::size_t moved = 0;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    const std::size_t copies = 1 + seed % 4;
    RingHistory history(seed, {.members = {.least = copies,
                                           .most = 14,
                                           .zones = seed % 3 == 0 ? 0 : 1 + seed % 5,
                                           .weighted = seed % 2 == 0},
                               .copies = copies,
                               .partitions = std::size_t{8} << seed % 5});
    for (int step = 0; step < 12; ++step) {
      CAPTURE(step);
      const PartitionTable before = history.step();
      const auto& members = history.members();
      const Quota quota = quota_of(members, before.copies(), before.partitions());
      const std::size_t moved_now = moves(before, history.table()).size();
      REQUIRE(static_cast<std::int64_t>(moved_now) ==
              least_moves(before, members, quota));
      moved += moved_now;
    }
  }
  CHECK(moved > 10'000);
}

TEST_CASE("table: the same from 3 to 200 nodes") {
  for (const std::size_t zones : {0U, 3U, 8U}) {
    for (const std::size_t nodes : {3U, 10U, 40U, 100U, 200U}) {
      CAPTURE(zones);
      CAPTURE(nodes);
      RingHistory history(nodes + zones, {.members = {.least = nodes,
                                                      .most = nodes,
                                                      .zones = zones,
                                                      .weighted = zones > 0},
                                          .partitions = 512});
      for (int step = 0; step < 4; ++step) {
        CAPTURE(step);
        const PartitionTable before = history.step();
        check_rows(history.table(), history.members());
        check_shares(history.table(), history.members());
        const Quota quota = quota_of(history.members(), 3, 512);
        REQUIRE(static_cast<std::int64_t>(moves(before, history.table()).size()) ==
                least_moves(before, history.members(), quota));
      }
    }
  }
}

TEST_CASE("table: moves name each copy that is new in a row, and one that it replaces") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    RingHistory history(seed, {.members = {.least = 3, .most = 9, .zones = seed % 4}});
    for (int step = 0; step < 10; ++step) {
      const PartitionTable before = history.step();
      const PartitionTable& after = history.table();
      const auto moved = moves(before, after);
      for (std::uint32_t p = 0; p < before.partitions(); ++p) {
        const auto old_row = before.owners(PartitionId{p});
        const auto new_row = after.owners(PartitionId{p});
        std::multiset<NodeId> played(old_row.begin(), old_row.end());
        for (const Move& move : moved) {
          if (move.partition.raw() != p) continue;
          REQUIRE(played.erase(move.from) == 1);
          played.insert(move.to);
        }
        REQUIRE(played == std::multiset<NodeId>(new_row.begin(), new_row.end()));
      }
    }
  }
}

TEST_CASE("table: a key's partition is its top bits, and its row the owners") {
  for (const std::size_t partitions : {2U, 16U, 4096U, 65'536U}) {
    CAPTURE(partitions);
    Rng rng(partitions);
    const auto members = random_members(rng, {.least = 5, .most = 5});
    const PartitionTable table = table_from_walk(members, 3, partitions);
    for (int i = 0; i < 1000; ++i) {
      const KeyHash key{i == 0 ? 0 : i == 1 ? UINT64_MAX : rng.next()};
      // As the width of a partition says, instead of its bits.
      const std::size_t p = key.raw() / (UINT64_MAX / partitions + 1);
      REQUIRE(table.partition(key).raw() == p);
      REQUIRE(table.first_hash(table.partition(key)) <= key);
      REQUIRE(std::ranges::equal(table.owners(key), table.rows().subspan(3 * p, 3)));
    }
  }
}

TEST_CASE("table: nothing moves where nothing changed, nor when a row changes places") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    RingHistory history(seed, {.members = {.least = 4, .most = 9, .zones = 3}});
    history.step();
    REQUIRE(rebalanced(history.table(), history.members()) == history.table());
    // Who is primary is a role: turning every row round sends nothing.
    std::vector<NodeId> turned;
    for (std::uint32_t p = 0; p < 64; ++p) {
      const auto row = history.table().owners(PartitionId{p});
      turned.insert(turned.end(), row.rbegin(), row.rend());
    }
    REQUIRE(moves(history.table(), PartitionTable(turned, 3)).empty());
  }
}
