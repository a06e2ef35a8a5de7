// What nodes say to each other while one cluster is to take the place of theirs. Each question
// may be asked any number of times: its answer says how far things are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/membership/refounding_record.hpp"

namespace kv {

enum class RefoundVerb : std::uint8_t {
  look,     // who are you, and could you be in another cluster?
  prepare,  // serve nobody, and wait for what the founder decides
  outcome,  // what of this attempt?
  add,      // of a client, to a member: found one with that node in it
};

struct RefoundQuestion {
  RefoundVerb verb = RefoundVerb::look;
  std::uint64_t attempt = 0;  // the planned cluster; of `add`, a number of who asks
  std::optional<Refoundation> plan{};  // of `prepare`
  std::string address{};               // of `add`: the node's gRPC
  double weight = 0;                   // of `add`; 0: the node's own
};

enum class RefoundStanding : std::uint8_t {
  none,       // nothing is known of it: a founder says so of what it has given up
  under_way,  // ask again
  prepared,   // this node does what the founder decides
  done,       // this node is in that cluster; of `add`: the asked for is so
  refused,    // `why`
};

struct RefoundAnswer {
  std::uint64_t disk = 0;   // its name; 0: it was never part of an attempt
  std::size_t members = 0;  // of its cluster
  std::string unfit{};      // why it cannot be in another cluster; empty: it can
  bool is_away = false;     // it is part of an attempt: ask again
  RefoundStanding standing = RefoundStanding::none;
  Errc code = Errc::conflict;  // of a refusal: locked where it may be asked again
  std::string why{};
};

}  // namespace kv
