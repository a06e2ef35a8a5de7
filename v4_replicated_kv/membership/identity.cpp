#include "v4_replicated_kv/membership/identity.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"
#include "v4_replicated_kv/placement/ring_bytes.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"
#include "v4_replicated_kv/storage/whole_file.hpp"

namespace kv {

namespace {

constexpr std::string_view kMagic = "KVI1";
constexpr std::size_t kIdentityBytesMax = std::size_t{4} << 20;

void append_text(std::string& out, std::string_view text) {
  append_le(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

std::string read_text(ByteReader& in) {
  const auto length = in.number<std::uint16_t>();
  return std::string(in.take(length));
}

std::unexpected<Error> damaged() {
  return fail(
      Errc::corrupt,
      fmt::format("{}: damaged; start with an empty directory, and this node gets "
                  "its data from the others",
                  kIdentityName));
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// A start was cut off while it joined: nobody has heard of it, and nothing is stored.
Result<void> forget_joining(Disk& disk) {
  const auto names = disk.list();
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    if (name == kIdentityName) continue;  // last: until then this is found again
    if (auto removed = disk.remove(name); !removed) return removed;
  }
  if (auto synced = disk.sync_names(); !synced) return synced;
  if (auto removed = disk.remove(std::string(kIdentityName)); !removed) return removed;
  return disk.sync_names();
}

Result<void> make_store(Disk& disk, const Joining& joining, Rng& chance) {
  const NewStore store{
      .partitions = static_cast<std::uint32_t>(joining.ring.table.partitions()),
      .hash_seed = joining.identity.hash_seed,
      .is_whole = joining.is_whole};
  const auto made = recover(disk, store, 0, chance);
  return made ? Result<void>{} : std::unexpected(made.error());
}

}  // namespace

void append_members(std::string& out, const std::vector<MemberAddresses>& members) {
  append_le(out, static_cast<std::uint32_t>(members.size()));
  for (const MemberAddresses& member : members) {
    append_text(out, member.name);
    append_text(out, member.grpc);
    append_text(out, member.peer);
    append_text(out, member.http);
  }
}

std::optional<std::vector<MemberAddresses>> read_members(ByteReader& in) {
  const auto count = in.number<std::uint32_t>();
  if (!in.ok() || count > kMembersMax) return std::nullopt;
  std::vector<MemberAddresses> members;
  for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
    MemberAddresses member;
    for (std::string* const text :
         {&member.name, &member.grpc, &member.peer, &member.http}) {
      *text = read_text(in);
    }
    members.push_back(std::move(member));
  }
  return in.ok() ? std::optional(std::move(members)) : std::nullopt;
}

std::string encode(const Identity& identity) {
  std::string body;
  append_le(body, identity.cluster.raw());
  append_le(body, identity.hash_seed);
  append_le(body, identity.self.raw());
  append_le(body, static_cast<std::uint32_t>(identity.stage));
  append_members(body, identity.members);
  std::string bytes(kMagic);
  append_le(bytes, crc32c(body));
  return bytes + body;
}

Result<Identity> decode_identity(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.take(kMagic.size()) != kMagic) return damaged();
  const auto sum = in.number<std::uint32_t>();
  if (!in.ok() || crc32c(bytes.substr(bytes.size() - in.left())) != sum) return damaged();
  Identity identity;
  identity.cluster = ClusterId{in.number<std::uint64_t>()};
  identity.hash_seed = in.number<std::uint64_t>();
  identity.self = NodeId{in.number<std::uint32_t>()};
  const auto stage = in.number<std::uint32_t>();
  const bool is_known = stage <= static_cast<std::uint32_t>(JoinStage::begun);
  if (!in.ok() || !is_known) return damaged();
  identity.stage = static_cast<JoinStage>(stage);
  auto members = read_members(in);
  if (!members || !in.at_end()) return damaged();
  identity.members = *std::move(members);
  return identity;
}

Result<std::optional<Identity>> read_identity(Disk& disk) {
  const auto names = disk.list();
  if (!names) return std::unexpected(names.error());
  if (!has(*names, kIdentityName)) {
    if (has(*names, kManifestName)) {
      return fail(
          Errc::conflict,
          fmt::format("this directory has a store and no {}, as `wal import` makes them: "
                      "it is of no cluster. Start in an empty one, and bring in what "
                      "`wal dump` prints of this by `kv batch`",
                      kIdentityName));
    }
    return std::optional<Identity>{};
  }
  const auto bytes = read_whole_file(disk, std::string(kIdentityName), kIdentityBytesMax);
  if (!bytes) return std::unexpected(bytes.error());
  auto identity = decode_identity(*bytes);
  if (!identity) return std::unexpected(identity.error());
  if (identity->stage != JoinStage::joining) return *std::move(identity);
  if (auto forgot = forget_joining(disk); !forgot) return std::unexpected(forgot.error());
  return std::optional<Identity>{};
}

Result<void> write_identity(Disk& disk, const Identity& identity) {
  return replace_file(disk, std::string(kIdentityName), encode(identity));
}

Result<void> join_on_disk(Disk& disk, const Joining& joining, Rng& chance) {
  Identity identity = joining.identity;
  identity.stage = JoinStage::joining;
  if (auto said = write_identity(disk, identity); !said) return said;
  if (auto kept = replace_file(disk, std::string(kRingName), encode(joining.ring));
      !kept) {
    return kept;
  }
  if (auto made = make_store(disk, joining, chance); !made) return made;
  identity.stage = JoinStage::joined;
  return write_identity(disk, identity);
}

}  // namespace kv
