#include "v4_replicated_kv/placement/walk.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include <fmt/format.h>

#include "common/ring/node_tokens.hpp"

namespace kv {

Result<PreferenceWalk> PreferenceWalk::over(std::span<const Member> members,
                                            std::size_t copies, const Hasher& hash,
                                            std::uint64_t vnodes) {
  if (auto checked = check_members(members, copies); !checked) {
    return std::unexpected(checked.error());
  }
  std::uint64_t count = 0;
  for (const Member& member : members) count += tokens_for(member.node.weight, vnodes);
  if (count > kTokensMax) {
    return fail(Errc::bad_input,
                fmt::format("{} tokens are more than a ring holds, {}; give nodes fewer",
                            count, kTokensMax));
  }
  PreferenceWalk walk(members, copies);
  std::vector<PackedToken> tokens;
  tokens.reserve(count);
  std::map<NodeId, std::string_view> names;
  for (const Member& member : members) {
    names.emplace(member.node.id, member.node.name);
    for_each_token(hash, member.node, vnodes,
                   [&](Token token) { tokens.emplace_back(token, member.node.id); });
  }
  // Ties go to the first name: ids are in the order of arrival, names are not.
  walk.table_ = TokenTable(tokens, [&](NodeId left, NodeId right) {
    return names.at(left) < names.at(right);
  });
  return walk;
}

PreferenceWalk::PreferenceWalk(std::span<const Member> members, std::size_t copies)
    : copies_(copies), members_(members.size()) {
  number_zones(members);
}

void PreferenceWalk::number_zones(std::span<const Member> members) {
  std::map<std::string_view, std::size_t> numbers;
  std::vector<std::size_t> sizes;
  for (const Member& member : members) {
    const std::size_t zone =
        numbers.try_emplace(member.zone, numbers.size()).first->second;
    const std::size_t id = member.node.id.raw();
    if (id >= zone_of_.size()) zone_of_.resize(id + 1);
    zone_of_[id] = static_cast<std::uint16_t>(zone);
    sizes.resize(numbers.size());
    // The node is its zone's sizes[zone]-th, so the zone takes part in that round.
    const std::size_t round = sizes[zone]++;
    if (round == zones_within_.size()) zones_within_.push_back(0);
    ++zones_within_[round];
  }
}

void PreferenceWalk::owners(KeyHash key, std::span<NodeId> out) const {
  KV_CHECK(out.size() <= members_, "a list of different nodes is no longer than all are");
  const bool one_zone = zones_within_.front() == 1;
  if (one_zone) {
    const std::size_t all = table_.owners(key, out);
    KV_CHECK(all == out.size(), "every member has a token");
    return;
  }
  const std::size_t from = table_.successor(key);
  std::size_t found = 0;
  for (std::size_t round = 0; found < out.size(); ++round) {
    const std::size_t most = std::min(zones_within_[round], out.size() - found);
    found = walk_round(from, out, found, most);
  }
}

// Goes clockwise once and takes the next node of `most` different zones. Returns how many
// nodes the list has then.
std::size_t PreferenceWalk::walk_round(std::size_t from, std::span<NodeId> out,
                                       std::size_t found, std::size_t most) const {
  const std::size_t begin = found;
  for (std::size_t at = from; found < begin + most;) {
    const NodeId node = table_.node(at);
    const auto zone = zone_of_[node.raw()];
    const auto before = out.first(begin);
    const auto now = out.subspan(begin, found - begin);
    const bool listed = std::ranges::find(before, node) != before.end();
    const bool zone_has_one = std::ranges::any_of(
        now, [&](NodeId other) { return zone_of_[other.raw()] == zone; });
    if (!listed && !zone_has_one) out[found++] = node;
    if (++at == table_.size()) at = 0;
  }
  return found;
}

}  // namespace kv
