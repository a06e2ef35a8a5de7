#include "v4_replicated_kv/placement/walk.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
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

// Everybody clockwise from the key by the first of its labels; then by rank within a zone.
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
