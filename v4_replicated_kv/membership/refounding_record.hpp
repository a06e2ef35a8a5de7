// A cluster that is to take the place of others, and what a node's disk knows of it: the
// file REFOUNDING, beside IDENTITY.
//
//   0        4        8      16      20
//   +--------+--------+------+-------+--------------------------------------- - -
//   | "KVF1" | crc32c | disk | stage | plan, as it is sent; none where stage is 0
//   +--------+--------+------+-------+--------------------------------------- - -
//
//   plan   "KVP1", crc32c; cluster (8), the founder's cluster before (8) and disk (8), hash
//          seed (8), which member is the founder (4), the members as IDENTITY has them, and
//          the ring, to the end
//
// Numbers are little-endian. A checksum covers everything after itself.
//
// Idea      from `decided` on there is no way back, and from the founder's `decided` on for
//           nobody: this one rename is what founds the cluster.
// Breaks if  the old store goes before `decided` is durable: a node that goes back would
//            have lost it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "v4_replicated_kv/membership/identity.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// The same on all nodes that are to be in it.
struct Refoundation {
  ClusterId cluster;  // new: it names the attempt as well
  std::string founder{};
  ClusterId before{};              // the founder's, until now
  std::uint64_t founder_disk = 0;  // that remembers whether it came to be
  std::uint64_t hash_seed = 0;
  std::vector<MemberAddresses> members{};  // by name
  RingState ring = nobodys_ring();
  friend bool operator==(const Refoundation&, const Refoundation&) = default;
};

enum class RefoundStage : std::uint8_t {
  idle,      // of none, or it has come to an end
  prepared,  // this node serves nobody, and does what the founder decides
  decided,   // the cluster is; what it lacks on this disk is being written
};

struct RefoundRecord {
  std::uint64_t disk = 0;  // a name of this disk; 0: it has none yet
  RefoundStage stage = RefoundStage::idle;
  std::optional<Refoundation> plan{};  // unless idle
  friend bool operator==(const RefoundRecord&, const RefoundRecord&) = default;
};

inline constexpr std::string_view kRefoundingName = "REFOUNDING";

[[nodiscard]] std::string encode(const Refoundation& plan);

// Errc::corrupt for what encode() does not make of a plan in which all members are in the
// ring, and the founder is one of them.
[[nodiscard]] Result<Refoundation> decode_refoundation(std::string_view bytes);

[[nodiscard]] std::string encode(const RefoundRecord& record);
[[nodiscard]] Result<RefoundRecord> decode_refound_record(std::string_view bytes);

// An idle one without a name where there is none.
[[nodiscard]] Result<RefoundRecord> read_refound_record(Disk& disk);

// Puts it in the place of the one before, durably.
[[nodiscard]] Result<void> write_refound_record(Disk& disk, const RefoundRecord& record);

// Nothing was ever stored here, nor forgotten. conflict where something was: a key, the mark
// of an erased one, or a store that lacks something.
[[nodiscard]] Result<void> check_nothing_kept(Disk& disk, const RingState& ring,
                                              Rng& chance);

// Makes the disk, whatever is on it, that of the member `name`, durably; `record` is on it
// and decided, and is idle afterwards. What a crash leaves says so, and is to be given to
// this once more.
[[nodiscard]] Result<void> refound_on_disk(Disk& disk, RefoundRecord record,
                                           std::string_view name, Rng& chance);

}  // namespace kv
