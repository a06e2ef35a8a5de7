#include "v4_replicated_kv/placement/walk.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "common/base/rng.hpp"
#include "common/hash/functions.hpp"
#include "tests/placement/random_members.hpp"

using namespace kv;

namespace {

struct Label {
  Token token;
  std::string name;
  const Member* member;
};

// The dumb twin: a sorted list of labels that carry their nodes' names.
std::vector<Label> labels_of(const std::vector<Member>& members, const Hasher& hash,
                             std::uint64_t vnodes) {
  std::vector<Label> labels;
  for (const Member& member : members) {
    for (std::uint64_t i = 0; i < tokens_for(member.node.weight, vnodes); ++i) {
      labels.push_back({.token = label_token(hash, member.node.name, i),
                        .name = member.node.name,
                        .member = &member});
    }
  }
  std::ranges::sort(labels, {},
                    [](const Label& at) { return std::tie(at.token, at.name); });
  return labels;
}

// Everybody clockwise from the key by the first of its labels; then by rank within a
// zone.
std::vector<NodeId> dumb_walk(const std::vector<Label>& labels, KeyHash key,
                              std::size_t most) {
  std::vector<const Member*> clockwise;
  const auto visit = [&](const Label& label) {
    if (std::ranges::find(clockwise, label.member) == clockwise.end()) {
      clockwise.push_back(label.member);
    }
  };
  for (const Label& label : labels) {
    if (label.token >= position(key)) visit(label);
  }
  for (const Label& label : labels) visit(label);
  std::map<std::string, std::size_t> seen;
  std::vector<std::pair<std::size_t, NodeId>> ranked;
  for (const Member* member : clockwise) {
    ranked.emplace_back(seen[member->zone]++, member->node.id);
  }
  std::ranges::stable_sort(ranked, {}, [](const auto& at) { return at.first; });
  std::vector<NodeId> nodes;
  for (const auto& [rank, node] : ranked) {
    if (nodes.size() < most) nodes.push_back(node);
  }
  return nodes;
}

// Random keys, and those on, just before and just after each label.
std::vector<KeyHash> telling_keys(const std::vector<Label>& labels, Rng& rng) {
  std::vector<KeyHash> keys{KeyHash{0}, KeyHash{UINT64_MAX}};
  for (int i = 0; i < 30; ++i) keys.emplace_back(rng.next());
  for (const Label& label : labels) {
    const std::uint64_t at = label.token.raw() << 16;
    for (const std::uint64_t key : {at - 1, at, at + 0xFFFF, at + 0x10000}) {
      keys.emplace_back(key);
    }
  }
  return keys;
}

std::vector<Member> named_members(const std::vector<std::string>& names) {
  std::vector<Member> members;
  for (const std::string& name : names) {
    Member& member = members.emplace_back();
    member.node.id = NodeId{static_cast<std::uint32_t>(members.size() - 1)};
    member.node.name = name;
  }
  return members;
}

// Only `values` different tokens in all.
template <std::uint64_t values>
std::uint64_t crowded(std::string_view bytes) {
  return xxh3(bytes) % values;
}

Hasher crowded_hash(std::uint64_t values) {
  constexpr std::array kBy{&crowded<1>, &crowded<2>, &crowded<3>, &crowded<5>};
  return Hasher(kBy[values % kBy.size()]);
}

}  // namespace

TEST_CASE("walk: lists are distinct and those of a dumb walk, with zones and without") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const std::size_t zones = seed % 2 == 0 ? 0 : 1 + rng.below(5);
    const auto members =
        random_members(rng, {.most = 12, .zones = zones, .weighted = true});
    const Hasher hash(&xxh3, seed);
    const std::uint64_t vnodes = 1 + rng.below(6);
    const std::size_t copies = 1 + rng.below(members.size());
    const auto walk = PreferenceWalk::over(members, copies, hash, vnodes).value();
    const auto labels = labels_of(members, hash, vnodes);
    std::vector<NodeId> list(copies);
    for (const KeyHash key : telling_keys(labels, rng)) {
      CAPTURE(key.raw());
      walk.owners(key, list);
      REQUIRE(std::set(list.begin(), list.end()).size() == copies);
      REQUIRE(list == dumb_walk(labels, key, copies));
    }
  }
}

TEST_CASE(
    "walk: a node's further tokens are skipped, and the end leads to the beginning") {
  const std::vector<Member> members = named_members({"a", "b", "c"});
  const Hasher hash(&xxh3);
  const auto walk = PreferenceWalk::over(members, 3, hash, 50).value();
  const auto labels = labels_of(members, hash, 50);
  // After the last label, and on the last but one: most of the list is past the end.
  for (const std::size_t back : {1U, 2U, 3U}) {
    const KeyHash key{(labels[labels.size() - back].token.raw() << 16) +
                      (back == 1 ? 0x10000 : 0)};
    std::vector<NodeId> list(3);
    walk.owners(key, list);
    CHECK(list == dumb_walk(labels, key, 3));
    CHECK(std::set(list.begin(), list.end()).size() == 3);
  }
  // Neighbours on the ring are often tokens of one node, so skipping is not rare.
  std::size_t repeats = 0;
  for (std::size_t i = 1; i < labels.size(); ++i) {
    repeats += labels[i].name == labels[i - 1].name ? 1 : 0;
  }
  CHECK(repeats > 20);
}

TEST_CASE("walk: nodes on one token come in the order of their names") {
  for (std::uint64_t values = 1; values < 8; ++values) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      CAPTURE(values);
      CAPTURE(seed);
      Rng rng(seed);
      // Ids in another order than names, and all tokens on a few places.
      const auto members =
          random_members(rng, {.least = 2, .most = 9, .zones = seed % 4});
      const Hasher crowded = crowded_hash(values);
      const auto walk = PreferenceWalk::over(members, members.size(), crowded, 3).value();
      const auto labels = labels_of(members, crowded, 3);
      std::vector<NodeId> list(members.size());
      for (const KeyHash key : telling_keys(labels, rng)) {
        walk.owners(key, list);
        REQUIRE(list == dumb_walk(labels, key, members.size()));
      }
    }
  }
}

TEST_CASE("walk: as many zones as there are before any has two, and evenly after that") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const auto members =
        random_members(rng, {.least = 4, .most = 12, .zones = 1 + seed % 6});
    std::map<std::string, std::size_t> sizes;
    std::map<NodeId, std::string> zone_of;
    for (const Member& member : members) {
      ++sizes[member.zone];
      zone_of[member.node.id] = member.zone;
    }
    const auto walk = PreferenceWalk::over(members, 4, Hasher(&xxh3, seed), 20).value();
    std::vector<NodeId> list(4);
    for (int i = 0; i < 100; ++i) {
      walk.owners(KeyHash{rng.next()}, list);
      std::map<std::string, std::size_t> in_zone;
      std::size_t most = 0;
      for (const NodeId node : list) most = std::max(most, ++in_zone[zone_of[node]]);
      for (const auto& [zone, size] : sizes) {
        REQUIRE((in_zone[zone] + 1 >= most || in_zone[zone] == size));
      }
    }
  }
}

TEST_CASE("walk: more copies than nodes, none, and nonsense are refused before any key") {
  const auto says = [](const std::vector<Member>& members, std::size_t copies,
                       std::uint64_t vnodes = 10) {
    const auto walk = PreferenceWalk::over(members, copies, Hasher(&xxh3), vnodes);
    if (walk) return std::string("nothing");
    CHECK(walk.error().code == Errc::bad_input);
    return walk.error().detail;
  };
  CHECK(says(named_members({"a", "b"}), 2) == "nothing");
  CHECK(says(named_members({"a", "b"}), 3) ==
        "3 copies need 3 nodes, and there are 2; add nodes or keep fewer copies");
  CHECK(says({}, 1) ==
        "1 copies need 1 nodes, and there are 0; add nodes or keep fewer copies");
  CHECK(says(named_members({"a"}), 0) == "0 copies: a key needs at least 1");
  CHECK(says(named_members({"a", "b"}), 1, kTokensMax) ==
        "20000000 tokens are more than a ring holds, 10000000; give nodes fewer");
  auto twins = named_members({"a", "b"});
  twins[1].node.id = NodeId{0};
  CHECK(says(twins, 1) == "node b: has id 0, as has another; ids are unique");
  twins[1].node.id = NodeId{65'535};
  CHECK(says(twins, 1) == "node b: has id 65535; ids go from 0 to 65534");
}
