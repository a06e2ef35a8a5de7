// An owner's side: what it holds, and what it says about it.
//
// Idea      every request is answered from what the storage engine holds, and an answer that
//           promises something waits until the disk can keep the promise: it lies here until
//           durable() says how far the disk has got.
// Breaks if  an owner acknowledges what is only in memory: a power cut on W nodes takes an
//            acknowledged write. Or if it says "I have this version" before that version is
//            on its disk: who counts copies would count one that a crash takes back.
// Left out  who asks, and how many answers make a quorum: the coordinator's matter.
// Source    DeCandia and others, "Dynamo", SOSP 2007, sections 4.3 to 4.5, with siblings made as
//           in Almeida and others, DAIS 2014, section 6.
// Threads   one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/hash/functions.hpp"
#include "common/hash/hasher.hpp"
#include "v4_replicated_kv/replication/effects.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/recent_wishes.hpp"
#include "v4_replicated_kv/replication/served_lives.hpp"
#include "v4_replicated_kv/replication/stored_state.hpp"
#include "v4_replicated_kv/storage/compression.hpp"
#include "v4_replicated_kv/storage/engine.hpp"
#include "v4_replicated_kv/versioning/identity.hpp"
#include "v4_replicated_kv/versioning/siblings.hpp"

namespace kv {

struct ReplicaRules {
  StateRules state{};
  Hasher hash{&xxh3, 0};  // the cluster's, of keys
  Compression compression{};
  SiblingLimits siblings{};
  // A page ends with the entry that takes it to so many bytes of keys and values or more.
  std::size_t page_bytes = std::size_t{64} << 10;
};

class Replica {
 public:
  // The engine is read and written in here and nowhere else.
  Replica(Engine& engine, const ReplicaRules& rules, DotSource& dots, ServedLives& lives)
      : engine_(engine), rules_(rules), dots_(dots), lives_(lives) {}

  // Handles Offer, Mint, Push, Ask, Pull or List. What it answers goes out at once, or later from
  // one of the calls below.
  void handle(const Message& request, Effects& out);

  // The log is on the disk up to `seq`, that record included. A smaller one than before says
  // nothing new.
  void durable(std::uint64_t seq, Effects& out);

  // What a ColdRead found; nothing happens for a ticket that is not waited for. An error goes
  // to who asked; Errc::corrupt is remembered until the key is written anew.
  void value_read(ReadTicket ticket, Result<std::string> value, Effects& out);

  // The largest counter that is held of the key, or was forgotten in its partition.
  [[nodiscard]] std::uint64_t last_counter(KeyHash hash, const std::string& key) const;

  // What it holds of the key, for who is here to read it. None where that takes the disk, or
  // what it says does not count.
  [[nodiscard]] std::optional<KeyState> in_memory(KeyHash hash, const std::string& key);

  // Whether what it says counts: not while it may have lost what it acknowledged.
  [[nodiscard]] bool counts(PartitionId partition) const {
    return !uncounted_.contains(partition);
  }
  void count(PartitionId partition) { uncounted_.erase(partition); }
  // Of no partition: reads and wishes for siblings are refused, writes are kept, uncounted.
  void count_nothing();

  // How far the numbers of each actor may have been given out, for contexts from clients.
  void heard_of(ActorId actor, std::uint64_t reserved);

  [[nodiscard]] std::uint64_t durable_seq() const { return durable_; }

 private:
  struct Waiting {
    std::uint64_t seq;
    Message answer;
  };
  struct Parked {
    Message request;
    std::string key;    // whose value it waits for,
    std::uint64_t seq;  // in this record
  };

  // Whether the answer to this very message waits for the disk.
  [[nodiscard]] bool will_answer(const Message& request) const;

  void on(const Message& request, const Offer& offer, Effects& out);
  void on(const Message& request, const Mint& mint, Effects& out);
  void on(const Message& request, const Push& push, Effects& out);
  void on(const Message& request, const Ask& ask, Effects& out);
  void on(const Message& request, const Pull& pull, Effects& out);
  void on(const Message& request, const List& list, Effects& out);

  // What it tells of siblings, others merge: a read repairs them with it, or they copy it. So
  // it waits for the disk as Minted does.
  [[nodiscard]] bool tells_of_its_own_dots() const {
    return rules_.state.policy == Policy::siblings;
  }
  [[nodiscard]] std::uint64_t last_counter(KeyHash hash, const IndexEntry* entry) const;
  [[nodiscard]] KeyHash hash_of(const std::string& key) const;
  [[nodiscard]] Floors floors_of(KeyHash hash) const;
  [[nodiscard]] Result<StoredState> load(KeyHash hash, const std::string& key, Part part);
  [[nodiscard]] Result<Written> store(KeyHash hash, const std::string& key,
                                      const KeyState& state);
  [[nodiscard]] Result<History> make(const Mint& mint, KeyState& state,
                                     const Floors& floors);
  void park(const Message& request, const std::string& key, StoredState held,
            Effects& out);
  void send_once_durable(Message answer, std::uint64_t seq, Effects& out);
  void answer_once_durable(const Message& request, std::uint64_t seq, KeyHash hash,
                           Effects& out);
  [[nodiscard]] Result<std::uint64_t> merge_in(const std::string& key,
                                               const KeyState& state);
  [[nodiscard]] Part part_to_merge(const KeyState& state) const;
  [[nodiscard]] Result<std::uint64_t> replace_damaged(KeyHash hash,
                                                      const std::string& key,
                                                      const KeyState& state);
  void refuse(const Message& request, const Error& error, Effects& out);

  Engine& engine_;
  ReplicaRules rules_;
  DotSource& dots_;
  ServedLives& lives_;
  std::uint64_t durable_ = 0;
  std::vector<Waiting> waiting_;         // for the disk
  std::map<ReadTicket, Parked> parked_;  // requests that need a value from a file
  std::uint64_t next_read_ = 1;
  std::optional<FetchedValue> fetched_;  // for the request that is being handled
  std::set<std::string> unreadable_;     // keys whose stored bytes are damaged
  std::set<PartitionId> uncounted_;
  VersionVector horizon_;
  RecentWishes mints_;    // made, or refused
  RecentWishes no_room_;  // for these offers
};

}  // namespace kv
