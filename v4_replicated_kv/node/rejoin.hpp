// What a node has to find out after a start, before anything that it says counts.
//
//   start --> Hello to all --> enough have answered --> whole: everything counts
//                                                   --> not whole: Pull each partition from
//                                                       so many other owners that one of
//                                                       them has each acknowledged write
//
// Idea      an owner that lost what it acknowledged looks exactly like one that never had it.
//           Only others know better: they remember how far its disk was.
// Breaks if  it answers at once. Of a write that was acknowledged by two of three, the wiped
//            one and the one that missed it are a majority that knows nothing.
// Breaks if  one that is killed while it copies starts again as if it had all: the disk is
//            not empty any more. The manifest says that it is not whole, until it is.
// Breaks if  the wiped one counts itself, even only where it coordinates.
// For ever  where so many lost their disks at once that not enough others are whole, none of
//           them counts again: what only they had is gone, and nobody can tell what that was.
//           So it is with a single copy that lost something.
// Copying   what comes is stored as if a coordinator had sent it: a Push to itself. That waits
//           for the disk, and reads what it has to be merged with, where that is in a file.
// Left out   a disk that went back, and nobody who had heard more is there to say so. An
//            acknowledgement tells how far the disk is, so that is where all who got one are
//            down, cut off, or started anew themselves. It asks everybody, three times.
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/replication/effects.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/quorum.hpp"
#include "v4_replicated_kv/replication/replica.hpp"

namespace kv {

class Rejoin {
 public:
  // `first` is a random number: answers to an earlier life do not find it.
  Rejoin(NodeId self, std::shared_ptr<const RingState> ring, const Quorum& quorum,
         Replica& replica, OperationId first)
      : self_(self),
        ring_(std::move(ring)),
        quorum_(quorum),
        replica_(replica),
        first_(first),
        next_store_(first.raw() + ring_->table.partitions()) {}

  // Nothing counts from here on. `is_damaged`: that something was lost is known already.
  void begin(bool is_damaged, Effects& out);

  // Under which number this life says Hello, and whether this is an answer to that.
  [[nodiscard]] OperationId hello() const { return first_; }
  [[nodiscard]] bool has_asked(const Message& answer) const {
    return answer.operation == first_;
  }

  // A peer has said whom it knew this node as; `went_back` if that was more than it is.
  void heard(NodeId peer, bool went_back, Effects& out);

  // A page of a partition, from a peer. Dropped unless it is the one that was asked for; asked
  // for again, later, where the peer could not read it or this node could not store it.
  void page(const Message& message, Page page, Effects& out);

  // What this node says of a state that it was to store, if this has asked it to. False:
  // somebody else has.
  [[nodiscard]] bool stored(OperationId asked, const Stored& stored, Effects& out);

  // Asks again whom it waits for. Call it every NodeRules::hello_every until is_done().
  void again(Effects& out);

  // Whether it knows who it is: before that it may not give out numbers, nor serve clients.
  [[nodiscard]] bool is_sure() const { return phase_ != Phase::asking; }
  // Whether nothing is lost, as far as it knows.
  [[nodiscard]] bool has_all() const { return is_done() || !is_damaged_; }
  [[nodiscard]] bool is_done() const { return phase_ == Phase::done; }
  // Whose answers it lacks, or whose copies; for a person.
  [[nodiscard]] std::set<NodeId> waits_for() const;

 private:
  enum class Phase : std::uint8_t { asking, copying, done };

  struct Source {
    KeyHash hash{};  // the next page begins here
    std::string key{};
    std::uint32_t round = 0;
    std::size_t storing = 0;  // of the last page, that are not on the disk yet
    bool has_failed = false;  // to store one of it: it is asked for again
    Page last{};              // without its entries
    bool is_done = false;
  };
  using Copying = std::map<NodeId, Source>;  // of a partition

  [[nodiscard]] std::size_t acks_of_writes() const;
  [[nodiscard]] bool heard_enough() const;
  [[nodiscard]] bool heard_all() const;
  [[nodiscard]] std::size_t sources_needed() const;
  void start_copying(Effects& out);
  void start_next_partitions(Effects& out);
  void page_is_stored(PartitionId partition, NodeId from, Effects& out);
  void pull(PartitionId partition, NodeId from, const Source& source, Effects& out) const;
  [[nodiscard]] bool is_copied(const Copying& copying) const;
  [[nodiscard]] std::vector<PartitionId> own_partitions() const;

  NodeId self_;
  std::shared_ptr<const RingState> ring_;
  Quorum quorum_;
  Replica& replica_;
  OperationId first_;
  Phase phase_ = Phase::done;
  bool is_damaged_ = false;
  int asked_ = 0;  // how often
  std::set<NodeId> heard_;
  std::vector<PartitionId> to_copy_;  // from the back
  std::map<PartitionId, Copying> copying_;
  std::uint64_t next_store_;
  std::map<OperationId, std::pair<PartitionId, NodeId>> storing_;  // copied from whom
};

}  // namespace kv
