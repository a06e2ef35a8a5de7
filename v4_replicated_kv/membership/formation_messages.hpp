// What nodes say to each other before they are a cluster: one question, one answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "v4_replicated_kv/membership/identity.hpp"
#include "v4_replicated_kv/membership/refounding_messages.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// What a node says of itself.
struct Card {
  MemberAddresses addresses;  // with its name
  double weight = 1;
  std::string zone{};
  std::uint64_t boot = 0;  // unlike in every life of the process
};

// Who are you? Here is who asks.
struct WhoAreYou {
  std::uint64_t round = 0;  // of the asker's questions
  Card from;
  std::optional<ClusterId> cluster{};  // that it is in; none: its disk is blank
  // It is about to found a cluster, if all say that they are blank.
  bool founds = false;
  // It is a guest: it holds nothing, is in no ring, and wants to see the ring that there is.
  bool visits = false;
  // It asks this as well.
  std::optional<RefoundQuestion> refound{};
};

// A ring to join: for an asker that is in it, and whose disk is blank. And for guests, who
// only look at it.
struct RingOffer {
  std::uint64_t hash_seed = 0;
  std::vector<MemberAddresses> members{};
  std::string ring{};  // as of encode()
};

struct IAm {
  std::uint64_t round = 0;    // of the question
  std::uint64_t to_boot = 0;  // the process that asked it
  Card from;
  std::optional<ClusterId> cluster{};
  bool has_begun = false;  // to serve, in that cluster
  // Of one that is blank: the names that it expects in its cluster, sorted, its own
  // included; empty until it has heard all of them. And what the cluster should be like.
  std::vector<std::string> expects{};
  RingPlan plan{};
  std::optional<RingOffer> offer{};
  std::optional<RefoundAnswer> refound{};  // where it was asked for
  // Where a process is that has the asker's name too, lives, and is connected with this node.
  std::optional<std::string> other_life{};
};

}  // namespace kv
