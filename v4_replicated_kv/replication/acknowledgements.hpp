// The acknowledgements of one version, and which of them stand together.
//
//   n1: I have it, as disk a       n2: I have it, and served n1's disk b before
//                    \______________/
//                     in doubt: n1 lost its disk, copied from n2, which had it not yet,
//                               and may count now without it
//
// Idea      W disks that had the version, one after the other, need not have it at one time.
//           Each acknowledgement says as which life of its disk (its actor) it was given, and
//           to which life of each other owner's disk its sender may have served copies by
//           then. Of a pair, neither may have served a later life of the other than the one
//           that acknowledged.
// Enough    an owner that loses its disk copies from so many others that one of the W is among
//           them (node/rejoin.hpp). That one served it before it had the version, and says
//           so; or afterwards, and then with the version.
// Order     an owner in doubt is asked once more. What it says to a message that was sent when
//           the other's acknowledgement was here, it says after the other had the version. If
//           it loses its disk after that, it copies the version from the other.
// Breaks if  there is no order, and only lives are compared: two owners that are cut off from
//            each other never know each other's lives, and a client reaches both of them.
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/owners.hpp"

namespace kv {

class Acknowledgements {
 public:
  explicit Acknowledgements(std::size_t owners) : acks_(owners) {}

  // An owner's disk has it, as that life says in answer to a message of this round. Rounds
  // begin one after the other, and what was added before is known when one begins.
  void add(std::size_t place, ActorId life, const Served& served, std::uint32_t round);

  // Only these remain.
  void keep(OwnerSet places) { given_ = given_ & places; }
  void clear() { given_ = waiting_ = {}; }

  [[nodiscard]] bool has(std::size_t place) const { return given_.has(place); }
  // Who acknowledged.
  [[nodiscard]] OwnerSet given() const { return given_; }
  // Of those, so many between whom there is no doubt: without who is in most of them, until
  // there is none.
  [[nodiscard]] OwnerSet sure() const;
  // Those whose disk may have been lost, and copied to, before another had the version.
  [[nodiscard]] OwnerSet in_doubt() const;

  // Whether it takes another round: some are in doubt, and none of them is being asked.
  [[nodiscard]] bool wants_round() const;
  // One begins: those in doubt are asked.
  void begin_round() { waiting_ = in_doubt(); }
  // Whether this owner is to be asked: it has said nothing yet, or not since it was in doubt.
  [[nodiscard]] bool is_wanted(std::size_t place) const {
    return !given_.has(place) || waiting_.has(place);
  }

 private:
  struct Ack {
    ActorId life{};
    std::uint32_t since = 0;  // this life has it; known in this round
    std::uint32_t round = 0;  // the last that it answered
    Served served{};
  };

  [[nodiscard]] bool doubts(std::size_t one, std::size_t other) const;

  std::vector<Ack> acks_;  // by place
  OwnerSet given_;
  OwnerSet waiting_;  // for another word of these
};

}  // namespace kv
