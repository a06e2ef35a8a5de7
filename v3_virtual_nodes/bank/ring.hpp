// The ring under the bank. Another one with the same members (add, remove, owner, copies)
// takes its place by changing the last line.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "common/hash/functions.hpp"
#include "common/hash/hasher.hpp"
#include "v3_virtual_nodes/fast_ring.hpp"

namespace kv::bank {

// Any hash, its type forgotten: then a Bank is one type, and not a template, whichever
// hash it was made with. The price is an indirect call for each key, small beside MD5.
using AnyHash = std::function<std::uint64_t(std::string_view)>;

template <HashFunction Hash>
[[nodiscard]] AnyHash any_hash(Hash hash) {
  return [hash = std::move(hash)](std::string_view bytes) {
    return hash_key(hash, bytes).raw();
  };
}

// MD5 is what rings of this kind were first built with (ketama). It is slow, and to guess
// a place on the ring is no attack here.
[[nodiscard]] inline Hasher default_hash() {
  return Hasher(&md5_prefix);
}

// How many places a database takes on the ring; many texts call it the replication factor,
// though nothing is stored twice.
inline constexpr std::uint64_t kReplicationFactor = 160;

using Ring = FastRing<AnyHash>;

}  // namespace kv::bank
