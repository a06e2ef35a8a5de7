// One version of a value: its name, its place in the order, its bytes.
//
// Idea      a version never changes; what changes is which versions a key has. Two that
//           have one dot are one version, wherever they are found.
// Breaks if  a dot is used twice: then two values are "one version", and replicas that
//            hold
//           different ones find nothing to repair (identity.hpp).
// Left out  the key, which belongs to whoever holds the version.
// Source    dots: Almeida, Baquero, Gonçalves, Preguiça, Fonte, "Scalable and Accurate
//           Causality Tracking for Eventually Consistent Stores", DAIS 2014, section 4.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/strong.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// What a client calls one of its requests, hashed to 64 bits; 0 if it did not say. A
// retry says the same.
using RequestId = Strong<struct RequestIdTag>;

enum class Kind : std::uint8_t {
  value,      // bytes to answer with, possibly none
  tombstone,  // a register's delete: it wins and loses like a value
  expired,    // what is left of a value whose time is over (expiry.hpp)
};

struct Version {
  Timestamp at;  // at.dot is the version's name; the counter orders a register's versions
  Kind kind = Kind::value;
  WallMs expires{};  // from then on readers no longer see it; 0: never
  RequestId request{};
  std::string value{};  // empty unless it is a value

  [[nodiscard]] const Dot& dot() const { return at.dot; }
  friend bool operator==(const Version&, const Version&) = default;
};

// The largest numbers that bytes from outside may hold. No cluster gets there by
// counting, and additions near them cannot overflow.
inline constexpr std::uint64_t kSeqMax = std::uint64_t{1} << 62;
inline constexpr std::uint64_t kCounterMax = std::uint64_t{1} << 62;

}  // namespace kv
