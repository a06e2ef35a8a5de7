#include "v4_replicated_kv/placement/ring_bytes.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"

namespace kv {

namespace {

constexpr std::string_view kMagic = "KVR1";

void append_short_text(std::string& out, std::string_view text) {
  append_le(out, static_cast<std::uint8_t>(text.size()));
  out += text;
}

std::string read_short_text(ByteReader& in) {
  const auto length = in.number<std::uint8_t>();
  return std::string(in.take(length));
}

std::unexpected<Error> damaged(std::string_view what) {
  return fail(Errc::corrupt,
              fmt::format("ring state: {}; fetch it from another node", what));
}

// Whether the rows are of different members, by the members' ids in order.
bool rows_make_sense(const PartitionTable& table, const std::vector<Member>& members) {
  std::vector<bool> is_member(kNodesMax + 1);
  for (const Member& member : members) is_member[member.node.id.raw()] = true;
  for (std::uint32_t p = 0; p < table.partitions(); ++p) {
    const auto row = table.owners(PartitionId{p});
    for (auto at = row.begin(); at != row.end(); ++at) {
      if (!is_member[at->raw()] || std::find(row.begin(), at, *at) != at) return false;
    }
  }
  return true;
}

Result<std::vector<Member>> read_members(ByteReader& in, std::size_t copies,
                                         NodeId next_id) {
  const auto count = in.number<std::uint32_t>();
  if (count > kMembersMax) return damaged("too many members");
  std::vector<Member> members;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    Member member;
    member.node.id = NodeId{in.number<std::uint32_t>()};
    member.node.weight = std::bit_cast<double>(in.number<std::uint64_t>());
    member.node.name = read_short_text(in);
    member.zone = read_short_text(in);
    members.push_back(std::move(member));
  }
  if (!in.ok()) return damaged("ends within the members");
  if (auto checked = check_members(members, copies); !checked) {
    return damaged(checked.error().detail);
  }
  const auto id = [](const Member& member) { return member.node.id; };
  if (!std::ranges::is_sorted(members, {}, id) || id(members.back()) >= next_id) {
    return damaged("members are not in the order of ids");
  }
  return members;
}

}  // namespace

std::string encode(const RingState& state) {
  std::string body;
  append_le(body, state.epoch.raw());
  append_le(body, static_cast<std::uint8_t>(state.policy));
  append_le(body, static_cast<std::uint8_t>(state.table.copies()));
  append_le(body, static_cast<std::uint8_t>(std::countr_zero(state.table.partitions())));
  append_le(body, std::uint8_t{0});
  append_le(body, state.next_id.raw());
  append_le(body, static_cast<std::uint32_t>(state.members.size()));
  for (const Member& member : state.members) {
    append_le(body, member.node.id.raw());
    append_le(body, std::bit_cast<std::uint64_t>(member.node.weight));
    append_short_text(body, member.node.name);
    append_short_text(body, member.zone);
  }
  for (const NodeId node : state.table.rows()) {
    append_le(body, static_cast<std::uint16_t>(node.raw()));
  }
  std::string bytes(kMagic);
  append_le(bytes, crc32c(body));
  return bytes + body;
}

Result<RingState> decode_ring(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.take(kMagic.size()) != kMagic) return damaged("does not begin with KVR1");
  const auto sum = in.number<std::uint32_t>();
  if (!in.ok() || crc32c(bytes.substr(bytes.size() - in.left())) != sum) {
    return damaged("does not match its checksum");
  }
  const Epoch epoch{in.number<std::uint64_t>()};
  const auto policy = in.number<std::uint8_t>();
  const std::size_t copies = in.number<std::uint8_t>();
  const int log2_partitions = in.number<std::uint8_t>();
  const auto nothing = in.number<std::uint8_t>();
  const NodeId next_id{in.number<std::uint32_t>()};
  const bool known = policy <= static_cast<std::uint8_t>(Policy::siblings) &&
                     copies >= 1 && copies <= kCopiesMax && log2_partitions >= 1 &&
                     log2_partitions <= std::countr_zero(kPartitionsMax) &&
                     nothing == 0 && epoch.raw() > 0;
  if (!known) return damaged("has a header of another version");
  auto members = read_members(in, copies, next_id);
  if (!members) return std::unexpected(members.error());
  const std::size_t rows =
      (std::size_t{1} << static_cast<unsigned>(log2_partitions)) * copies;
  if (in.left() != rows * sizeof(std::uint16_t))
    return damaged("has too few or many rows");
  std::vector<NodeId> nodes(rows);
  for (NodeId& node : nodes) node = NodeId{in.number<std::uint16_t>()};
  PartitionTable table(std::move(nodes), copies);
  if (!rows_make_sense(table, *members))
    return damaged("a row does not have different members");
  return RingState{.epoch = epoch,
                   .policy = static_cast<Policy>(policy),
                   .next_id = next_id,
                   .members = std::move(*members),
                   .table = std::move(table)};
}

}  // namespace kv
