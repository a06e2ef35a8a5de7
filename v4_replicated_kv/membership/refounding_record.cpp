#include "v4_replicated_kv/membership/refounding_record.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "common/hash/crc32c.hpp"
#include "v4_replicated_kv/placement/ring_bytes.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"
#include "v4_replicated_kv/storage/whole_file.hpp"

namespace kv {

namespace {

constexpr std::string_view kRefoundingMagic = "KVF1";
constexpr std::string_view kPlanMagic = "KVP1";
constexpr std::size_t kRefoundingBytesMax = std::size_t{8} << 20;

std::unexpected<Error> damaged_one(std::string_view what) {
  return fail(Errc::corrupt, fmt::format("{}: damaged", what));
}

std::string with_sum(std::string_view magic, const std::string& body) {
  std::string bytes(magic);
  append_le(bytes, crc32c(body));
  return bytes + body;
}

// Stands behind the sum where that is right.
bool has_right_sum(ByteReader& in, std::string_view magic, std::string_view bytes) {
  if (in.take(magic.size()) != magic) return false;
  const auto sum = in.number<std::uint32_t>();
  return in.ok() && crc32c(bytes.substr(bytes.size() - in.left())) == sum;
}

bool fits_together(const Refoundation& plan) {
  const bool all = std::ranges::all_of(plan.members, [&](const MemberAddresses& one) {
    return plan.ring.find(one.name) != nullptr;
  });
  return all && plan.members.size() == plan.ring.members.size() &&
         plan.ring.find(plan.founder) != nullptr;
}

}  // namespace

std::string encode(const Refoundation& plan) {
  std::string body;
  append_le(body, plan.cluster.raw());
  append_le(body, plan.before.raw());
  append_le(body, plan.founder_disk);
  append_le(body, plan.hash_seed);
  const auto founder =
      std::ranges::find(plan.members, plan.founder, &MemberAddresses::name);
  append_le(body, static_cast<std::uint32_t>(founder - plan.members.begin()));
  append_members(body, plan.members);
  return with_sum(kPlanMagic, body + encode(plan.ring));
}

Result<Refoundation> decode_refoundation(std::string_view bytes) {
  constexpr std::string_view kWhat = "plan of a cluster";
  ByteReader in(bytes);
  if (!has_right_sum(in, kPlanMagic, bytes)) return damaged_one(kWhat);
  Refoundation plan;
  plan.cluster = ClusterId{in.number<std::uint64_t>()};
  plan.before = ClusterId{in.number<std::uint64_t>()};
  plan.founder_disk = in.number<std::uint64_t>();
  plan.hash_seed = in.number<std::uint64_t>();
  const auto founder = in.number<std::uint32_t>();
  auto members = read_members(in);
  if (!members || founder >= members->size()) return damaged_one(kWhat);
  plan.members = *std::move(members);
  plan.founder = plan.members[founder].name;
  auto ring = decode_ring(in.take(in.left()));
  if (!ring) return std::unexpected(ring.error());
  plan.ring = *std::move(ring);
  if (!fits_together(plan)) return damaged_one(kWhat);
  return plan;
}

std::string encode(const RefoundRecord& record) {
  KV_CHECK(record.plan.has_value() == (record.stage != RefoundStage::idle),
           "a stage is one of a plan");
  std::string body;
  append_le(body, record.disk);
  append_le(body, static_cast<std::uint32_t>(record.stage));
  if (record.plan) body += encode(*record.plan);
  return with_sum(kRefoundingMagic, body);
}

Result<RefoundRecord> decode_refound_record(std::string_view bytes) {
  ByteReader in(bytes);
  if (!has_right_sum(in, kRefoundingMagic, bytes)) return damaged_one(kRefoundingName);
  RefoundRecord record{.disk = in.number<std::uint64_t>()};
  const auto stage = in.number<std::uint32_t>();
  const bool is_known = stage <= static_cast<std::uint32_t>(RefoundStage::decided);
  if (!in.ok() || !is_known) return damaged_one(kRefoundingName);
  record.stage = static_cast<RefoundStage>(stage);
  if (record.stage == RefoundStage::idle) {
    return in.at_end() ? Result<RefoundRecord>(record) : damaged_one(kRefoundingName);
  }
  auto plan = decode_refoundation(in.take(in.left()));
  if (!plan) return std::unexpected(plan.error());
  record.plan = *std::move(plan);
  return record;
}

Result<RefoundRecord> read_refound_record(Disk& disk) {
  const auto names = disk.list();
  if (!names) return std::unexpected(names.error());
  if (std::ranges::find(*names, kRefoundingName) == names->end()) return RefoundRecord{};
  const auto bytes =
      read_whole_file(disk, std::string(kRefoundingName), kRefoundingBytesMax);
  if (!bytes) return std::unexpected(bytes.error());
  return decode_refound_record(*bytes);
}

Result<void> write_refound_record(Disk& disk, const RefoundRecord& record) {
  return replace_file(disk, std::string(kRefoundingName), encode(record));
}

Result<void> check_nothing_kept(Disk& disk, const RingState& ring, Rng& chance) {
  const NewStore none{.partitions = static_cast<std::uint32_t>(ring.table.partitions())};
  const auto found = recover(disk, none, 0, chance);
  if (!found) return std::unexpected(found.error());
  const bool is_empty = found->index.keys() == 0 && found->index.tombstones() == 0;
  const bool is_sound = found->damage.empty() && !found->keys_unknown && !found->is_new &&
                        found->manifest.is_whole;
  if (is_empty && is_sound) return {};
  return fail(Errc::conflict, is_sound ? "it holds keys, or marks of erased ones"
                                       : "it may have lost something that it held");
}

Result<void> refound_on_disk(Disk& disk, RefoundRecord record, std::string_view name,
                             Rng& chance) {
  KV_CHECK(record.stage == RefoundStage::decided, "before that there is a way back");
  const Refoundation& plan = *record.plan;
  const Member* const self = plan.ring.find(name);
  if (self == nullptr) {
    return fail(Errc::conflict,
                fmt::format("{}: of a cluster in which {} is nobody; start this node "
                            "with the name that it had",
                            kRefoundingName, printable(name)));
  }
  const auto names = disk.list();
  if (!names) return std::unexpected(names.error());
  for (const std::string& file : *names) {
    if (file == kRefoundingName) continue;
    if (auto removed = disk.remove(file); !removed) return removed;
  }
  if (auto synced = disk.sync_names(); !synced) return synced;
  Joining joining{.identity = {.cluster = plan.cluster,
                               .hash_seed = plan.hash_seed,
                               .self = self->node.id,
                               .members = plan.members},
                  .ring = plan.ring,
                  .is_whole = true};
  if (auto joined = join_on_disk(disk, joining, chance); !joined) return joined;
  // Nobody need be waited for: who is to be in it is prepared, and cannot do otherwise.
  joining.identity.stage = JoinStage::begun;
  if (auto begun = write_identity(disk, joining.identity); !begun) return begun;
  return write_refound_record(disk, {.disk = record.disk});
}

}  // namespace kv
