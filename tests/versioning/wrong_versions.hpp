// The obvious ways to do it, each of which loses data; the lesson shows them first.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/versioning/version_vector.hpp"

namespace kv::wrong {

// Siblings told apart by whole vectors: every value has one, and a larger one replaces
// it.
class PlainVectors {
 public:
  struct Value {
    VersionVector clock;
    std::string bytes;
  };

  // What Dynamo's paper says: the context, with the coordinator's own entry one further.
  void put(ActorId coordinator, const VersionVector& context, const std::string& bytes) {
    VersionVector clock = context;
    std::uint64_t last = 0;
    for (const Value& value : values_) last = std::max(last, value.clock.at(coordinator));
    clock.raise({.actor = coordinator, .seq = last + 1});
    std::erase_if(values_, [&](const Value& held) { return covers(clock, held.clock); });
    values_.push_back({.clock = clock, .bytes = bytes});
  }

  [[nodiscard]] std::vector<std::string> values() const {
    std::vector<std::string> all;
    for (const Value& value : values_) all.push_back(value.bytes);
    return all;
  }

 private:
  static bool covers(const VersionVector& larger, const VersionVector& smaller) {
    return std::ranges::all_of(smaller.entries(),
                               [&](const Dot& dot) { return larger.covers(dot); });
  }

  std::vector<Value> values_;
};

// Numbers counted from what the disk holds.
class CountingSource {
 public:
  CountingSource(ActorId actor, std::uint64_t last_on_disk)
      : actor_(actor), issued_(last_on_disk) {}

  Dot next() { return {.actor = actor_, .seq = ++issued_}; }

 private:
  ActorId actor_;
  std::uint64_t issued_;
};

// A register that orders by the coordinator's clock, as several stores do.
class WallClockRegister {
 public:
  void store(WallMs at, const std::string& value) {
    if (!value_ || at > at_) {
      at_ = at;
      value_ = value;
    }
  }  // and acknowledges, whether it was stored or not

  [[nodiscard]] std::optional<std::string> value() const { return value_; }

 private:
  WallMs at_;
  std::optional<std::string> value_;
};

}  // namespace kv::wrong
