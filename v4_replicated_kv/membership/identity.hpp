// Which cluster a disk belongs to, and as whom: the file IDENTITY, beside RING.
//
//   0        4        8         16     24     28     32        36
//   +--------+--------+---------+------+------+------+---------+---- - -
//   | "KVI1" | crc32c | cluster | seed | self | stage| members | members
//   +--------+--------+---------+------+------+------+---------+---- - -
//
//   members   each: name, gRPC, peers', HTTP address, as a length (2) and so many bytes
//
// Numbers are little-endian. The checksum covers everything after itself.
//
// Idea      this file is what makes a disk one of a cluster's: it is written first, as
//           `joining`, and last, as `joined`. A start that finds the first knows that
//           nothing was told to anybody, and begins anew.
// Breaks if  a disk says that it joined while its store is not there: the next start
//            could not tell that from a disk that lost it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/rng.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

class ByteReader;

// Where a member was found when it told.
struct MemberAddresses {
  std::string name{};
  std::string grpc{};
  std::string peer{};
  std::string http{};
  friend bool operator==(const MemberAddresses&, const MemberAddresses&) = default;
};

// How far a node is in its cluster.
enum class JoinStage : std::uint8_t {
  joining,  // its files are being written; nobody was told
  joined,   // it holds the ring, and waits until all members do
  begun,    // it has served, or may have
};

struct Identity {
  ClusterId cluster;
  std::uint64_t hash_seed = 0;  // keys are placed by it, on all nodes
  NodeId self;
  JoinStage stage = JoinStage::joining;
  std::vector<MemberAddresses> members{};  // by name; this node too
  friend bool operator==(const Identity&, const Identity&) = default;
};

// What a node takes when it founds or joins a cluster.
struct Joining {
  Identity identity;
  RingState ring;
  // Nothing can have been lost, as nobody has served yet. Otherwise this disk may be one
  // that forgot: its store is made as one that lacks something, and gets it from the
  // others.
  bool is_whole = false;
};

inline constexpr std::string_view kIdentityName = "IDENTITY";

[[nodiscard]] std::string encode(const Identity& identity);

// A list of them, as files have it: how many (4), and each as in the picture. Nothing where
// there are more than there can be, or the bytes end before.
void append_members(std::string& out, const std::vector<MemberAddresses>& members);
[[nodiscard]] std::optional<std::vector<MemberAddresses>> read_members(ByteReader& in);

// Errc::corrupt for what encode() does not make of an identity.
[[nodiscard]] Result<Identity> decode_identity(std::string_view bytes);

// What the disk says: nothing where it is blank. What a start left that was cut off while
// it joined is removed. Errc::bad_usage for a disk that has a store and no identity:
// whose it is, nobody knows.
[[nodiscard]] Result<std::optional<Identity>> read_identity(Disk& disk);

// Puts it in the place of the one before, durably.
[[nodiscard]] Result<void> write_identity(Disk& disk, const Identity& identity);

// Makes a blank disk a member's, durably: ring, an empty store, identity. Chance names
// the disk's life. What fails leaves a disk that read_identity() makes blank.
[[nodiscard]] Result<void> join_on_disk(Disk& disk, const Joining& joining, Rng& chance);

}  // namespace kv
