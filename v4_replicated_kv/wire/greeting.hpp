// The first words of a connection: who speaks, for which cluster, in which versions.
//
//   0        2         4         12     16     24       25      41
//   +--------+---------+---------+------+------+--------+-------+
//   | oldest | newest  | cluster | node | boot | secret | nonce |     little-endian
//   +--------+---------+---------+------+------+--------+-------+
//
// Idea      both sides say which versions of the messages they can speak, and take the newest
//           that both know. A version that adds a kind of message, or changes one, has the
//           next number; a node may speak an older one with whoever has an older program.
// Breaks if  a node that was started with another cluster's address takes part in this one:
//            so a cluster has a name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// Bytes that were never used before, at random.
using Nonce = std::array<char, 16>;

// Guests are no members: they ask for their clients, and hold nothing. Members' ids are
// counted up from 1, and a guest takes one at random from those that no member will have.
inline constexpr NodeId kFirstGuest{std::uint32_t{1} << 31U};
[[nodiscard]] constexpr bool is_guest(NodeId node) {
  return node >= kFirstGuest;
}

// The versions of the messages that this program speaks.
inline constexpr std::uint16_t kOldestVersion = 2;
inline constexpr std::uint16_t kNewestVersion = 2;

struct Greeting {
  std::uint16_t oldest = kOldestVersion;
  std::uint16_t newest = kNewestVersion;
  ClusterId cluster{};
  NodeId node{};
  std::uint64_t boot = 0;   // unlike in every life of the process
  bool has_secret = false;  // and asks for a proof that the other has it
  Nonce nonce{};
  friend bool operator==(const Greeting&, const Greeting&) = default;
};

inline constexpr std::size_t kGreetingBytes = 41;

[[nodiscard]] std::string greeting_bytes(const Greeting& greeting);

// Errc::corrupt for what greeting_bytes does not make.
[[nodiscard]] Result<Greeting> parse_greeting(std::string_view bytes);

// The version in which two can speak; Errc::conflict where there is none.
[[nodiscard]] Result<std::uint16_t> common_version(const Greeting& mine,
                                                   const Greeting& theirs);

}  // namespace kv
