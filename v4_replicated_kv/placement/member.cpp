#include "v4_replicated_kv/placement/member.hpp"

#include <set>
#include <string_view>

#include <fmt/format.h>

#include "common/base/text.hpp"

namespace kv {

namespace {

Result<void> check_member(const Member& member) {
  const Node& node = member.node;
  const std::string name = printable(node.name);
  if (node.name.empty() || node.name.size() > kNameBytesMax) {
    return fail(Errc::bad_input,
                fmt::format("node {}: a name has 1 to {} bytes", name, kNameBytesMax));
  }
  if (member.zone.size() > kNameBytesMax) {
    return fail(
        Errc::bad_input,
        fmt::format("node {}: a zone's name has at most {} bytes", name, kNameBytesMax));
  }
  if (node.id.raw() >= kNodesMax) {
    return fail(Errc::bad_input, fmt::format("node {}: has id {}; ids go from 0 to {}",
                                             name, node.id.raw(), kNodesMax - 1));
  }
  // A weight that is no number compares false, and is refused as well.
  const bool in_bounds = node.weight >= kWeightMin && node.weight <= kWeightMax;
  if (!in_bounds) {
    return fail(Errc::bad_input,
                fmt::format("node {}: has weight {}; a weight is {} to {}", name,
                            node.weight, kWeightMin, kWeightMax));
  }
  return {};
}

}  // namespace

Result<void> check_members(std::span<const Member> members, std::size_t copies) {
  if (copies == 0) return fail(Errc::bad_input, "0 copies: a key needs at least 1");
  std::set<NodeId> ids;
  std::set<std::string_view> names;
  for (const Member& member : members) {
    if (auto checked = check_member(member); !checked) return checked;
    const std::string name = printable(member.node.name);
    if (!names.insert(member.node.name).second) {
      return fail(Errc::bad_input,
                  fmt::format("node {}: is named twice; names are unique", name));
    }
    if (!ids.insert(member.node.id).second) {
      return fail(Errc::bad_input,
                  fmt::format("node {}: has id {}, as has another; ids are unique", name,
                              member.node.id.raw()));
    }
  }
  if (copies > members.size()) {
    return fail(
        Errc::bad_input,
        fmt::format("{} copies need {} nodes, and there are {}; add nodes or keep "
                    "fewer copies",
                    copies, copies, members.size()));
  }
  return {};
}

}  // namespace kv
