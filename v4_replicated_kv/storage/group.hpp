// A group: the records that one write carries to the disk together.
//
//   0     4        8       16       24              32     36        40
//   +-----+--------+-------+--------+---------------+------+---------+---------
//   | crc | length | nonce | number | durable up to | kind | records | payload ...
//   +-----+--------+-------+--------+---------------+------+---------+---------
//
// Why       many writers share one sync. And after a power cut the pages of the last
//           groups are there in any mixture: a group says, by its checksum, whether it is
//           whole, and by "durable up to" what must have been whole before it was
//           written.
// Breaks if  damage is judged by its own bytes alone. A bad group is a torn tail, unless
//            a later one vouches that it had been durable: then it is corruption.
//
// The nonce is the segment's own: what an earlier life left in a recycled block, or what
// somebody stored as a value, is no group of this segment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kv {

enum class GroupKind : std::uint32_t {
  records = 1,
  footer = 2,  // nothing follows: the segment is sealed
};

struct GroupHeader {
  std::uint64_t nonce = 0;
  std::uint64_t number = 0;         // 0, 1, 2, ... in the segment
  std::uint64_t durable_up_to = 0;  // offset in the segment, when this was written
  GroupKind kind = GroupKind::records;
  std::uint32_t records = 0;
};

inline constexpr std::size_t kGroupHeaderBytes = 40;

// Groups begin at multiples of so many bytes, so that a search finds them.
inline constexpr std::size_t kGroupAlignment = 8;

// A group that is being filled is closed from so many bytes on; what is longer has one
// record over that.
inline constexpr std::size_t kGroupBytesAim = std::size_t{1} << 20;

// How many bytes a group with such a payload takes, padding included.
[[nodiscard]] constexpr std::size_t group_bytes(std::size_t payload) {
  const std::size_t bare = kGroupHeaderBytes + payload;
  return (bare + kGroupAlignment - 1) / kGroupAlignment * kGroupAlignment;
}

// Makes a group of `group`, which holds kGroupHeaderBytes of anything and then the
// payload: writes the header over the first, and pads.
void close_group(std::string& group, const GroupHeader& header);

struct Group {
  GroupHeader header;
  std::string_view payload;
  std::size_t bytes = 0;  // in the file, padding included
};

// How many bytes the group at the front of `bytes` needs to be decoded, by its header:
// more than group_bytes of the longest there can be, or fewer than kGroupHeaderBytes
// given, is nothing.
[[nodiscard]] std::optional<std::size_t> announced_bytes(std::string_view bytes,
                                                         std::uint64_t nonce);

// The whole and undamaged group that `bytes` begin with, or nothing.
[[nodiscard]] std::optional<Group> decode_group(std::string_view bytes,
                                                std::uint64_t nonce);

}  // namespace kv
