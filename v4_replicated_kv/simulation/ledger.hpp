// What clients asked and were told: the history that the checkers judge.
//
// Idea      an entry is made when a client asks, and closed when it is answered or gives
//           up. A value says which write made it, and a version's dot which value it is.
// Breaks if  the ledger knows more than a client of its own: nothing in here looks into a
//            node. Which writes a context covers is read off the context, with the names
//            of versions that nodes told each other. How often owners were started it
//            knows for one excuse (may_return).
// Siblings   a write without a context covers what its coordinator finds. Its answer says
//            what that was. Where there is none, it is at least what was acknowledged
//            before, and at most what has begun since (ClientOperation::read_by).
// Left out  values that are over: who judges lets none expire.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "v4_replicated_kv/simulation/client_history.hpp"
#include "v4_replicated_kv/simulation/world.hpp"

namespace kv {

struct LedgerRules {
  Policy policy = Policy::last_write_wins;
  Quorum quorum{};                 // the cluster's
  Tick asked_again_after{10'000};  // the coordinators' own
  // Clients may ask before they were answered: then each request is judged as of a client
  // of its own.
  bool asks_at_once = false;
  Tick origin{};  // a trace counts its times from here, and so does who judges
};

class Ledger {
 public:
  // Takes World::on_message. Nobody asks before `rules.origin`.
  Ledger(World& world, const LedgerRules& rules);
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  ~Ledger() = default;

  // Keys are numbered in the order in which they are named here.
  KeyNumber number_of(const std::string& key);
  [[nodiscard]] const std::string& name_of(KeyNumber key) const {
    return keys_[key.raw()];
  }
  [[nodiscard]] std::size_t keys() const { return keys_.size(); }

  // A client asks, with the context that it was told last if the request has one. The
  // value of a put is one that nobody put before. Returns the entry's number. `name`: as
  // in a trace.
  std::size_t ask(ClientId client, const std::string& name, const Request& request);
  // The same request once more, to whomever, and perhaps at another level. A put may have
  // another value now: whichever is first to arrive is the value of both.
  void ask_again(std::size_t number, const Request& request);

  // How it ended. Of an answer, what it says; `reply` is ok or refused.
  void answered(std::size_t number, const Reply& reply);
  // `told`: when it was told that nobody knows, if it was.
  void gave_up(std::size_t number, Outcome outcome, Tick told = kEndOfTime);

  // What a client was told last about a key; null if it was told nothing.
  struct Told {
    std::string context;
    std::vector<WriteId> covered;
  };
  [[nodiscard]] const Told* told(ClientId client, KeyNumber key) const;
  // As if all clients were new ones, who have read nothing.
  void forget() { told_.clear(); }

  // The number that the next write will have.
  [[nodiscard]] WriteId next_write() const { return next_write_; }

  // What they were told, from the origin on, and which writes may come back
  // (ClientOperation::may_return).
  [[nodiscard]] ClientHistory to_judge() const;

  // What a reader of this state sees, as in ClientOperation::seen.
  [[nodiscard]] std::vector<WriteId> seen_in(KeyNumber key, const KeyState& state) const;

 private:
  struct Entry {
    ClientId client;
    Level level;                   // of the try whose answer it is,
    std::optional<Level> heard{};  // and the least that any try heard
    bool reads_first = false;      // a write of siblings, without a context,
    std::optional<std::vector<WriteId>> found{};  // that was told what it covers,
    Tick read_by = kEndOfTime;  // or was over by then, if it was tried once
    std::size_t tries = 1;
    std::uint64_t lives = 0;       // of the key's owners, when it began,
    std::uint64_t lives_then = 0;  // and when it was over
  };

  [[nodiscard]] std::uint64_t lives_of_owners(KeyNumber key) const;
  [[nodiscard]] bool may_return(std::size_t number) const;
  [[nodiscard]] std::vector<WriteId> surely_found(const ClientOperation& write,
                                                  const Request& request) const;
  [[nodiscard]] std::size_t answers_to(const Request& request) const;
  [[nodiscard]] Level level_for(std::size_t answers) const;
  [[nodiscard]] Level level_of(const Request& request) const;
  [[nodiscard]] Level heard_by(const Request& request) const;
  [[nodiscard]] WriteId id_of(const std::string& value) const;
  [[nodiscard]] Told told_by(KeyNumber key, const std::string& context) const;
  void finish(std::size_t number, Outcome judged, std::vector<WriteId> seen);
  void learn(const Message& message);
  void learn(const KeyState& state);

  World& world_;
  LedgerRules rules_;
  ClientHistory history_;
  std::vector<Entry> entries_;  // as many as operations in the history
  std::vector<std::string> keys_;
  std::map<std::string, KeyNumber> numbers_;
  std::map<std::pair<ClientId, KeyNumber>, Told> told_;
  WriteId next_write_{1};
  std::map<std::string, WriteId> by_value_;
  std::map<std::pair<KeyNumber, RequestId>, WriteId> by_request_;
  std::map<Dot, WriteId> by_dot_;  // of deletes; and of siblings
};

}  // namespace kv
