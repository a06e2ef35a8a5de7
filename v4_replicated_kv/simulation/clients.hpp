// Clients of a simulated cluster, and what they were told.
//
//   invoke ---> ask a node ---> reply ---> finish
//                  |
//                  +--> silence, or "unknown": ask another, with the same request id
//
// Idea      a client does one thing at a time, by chance, and asks again where it is told
//           nothing. What it asked and was told is in the ledger (ledger.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/simulation/ledger.hpp"
#include "v4_replicated_kv/simulation/world.hpp"

namespace kv {

// How many copies requests wait for.
enum class Strength : std::uint8_t {
  linearizable,  // all writes, and most reads
  strict,        // quorums of all kinds
  weak,          // single copies too
};

struct WorkRules {
  Policy policy = Policy::last_write_wins;
  Strength strength = Strength::strict;
  Quorum quorum{};  // the cluster's
  std::size_t clients = 4;
  std::size_t operations = 200;  // of all together
  std::size_t keys = 3;
  std::uint64_t ids_per_mille = 500;  // writes that have a request id
  std::uint64_t writes_per_mille = 500;
  std::uint64_t value_bytes_max = 200;
  Tick think_max{4'000};
  Tick patience{80'000};
  Tick asked_again_after{10'000};  // the coordinators' own
};

class Clients {
 public:
  // Takes World::on_reply; its ledger takes on_message.
  Clients(World& world, const WorkRules& rules, std::uint64_t seed);
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;
  ~Clients() = default;

  // Everybody begins to ask, `operations` times in all. Again once is_done().
  void start(std::size_t operations);
  [[nodiscard]] bool is_done() const { return left_ == 0 && busy_ == 0; }

  // As if all clients were new ones, who have read nothing.
  void forget() { ledger_.forget(); }

  // How those ended that were started last.
  struct Count {
    std::size_t ok = 0;
    std::size_t refused = 0;
    std::size_t unknown = 0;
    std::string last_trouble{};  // of one that was not ok
  };
  [[nodiscard]] const Count& count() const { return count_; }

  [[nodiscard]] Ledger& ledger() { return ledger_; }

 private:
  struct Client {
    bool is_busy = false;
    std::size_t number = 0;  // in the ledger
    KeyNumber key{};
    Request request;
    std::uint32_t tries = 0;
    bool may_be_there = false;     // an earlier try may have done it
    std::size_t tries_before = 0;  // of anybody's writes to the key
  };

  void next(std::size_t who);
  Request choose(std::size_t who);
  void choose_level(Request& request);
  [[nodiscard]] bool is_remembered(const Client& client) const;
  [[nodiscard]] bool leaves_time(KeyNumber key) const;
  void send(std::size_t who);
  void replied(const Reply& reply);
  void answered(std::size_t who, const Reply& reply);
  void unanswered(std::size_t who, const std::string& why);
  void finish(std::size_t who, Outcome told);
  void is_done_with(std::size_t who, Outcome told);
  [[nodiscard]] std::string value_of(WriteId id) const;

  World& world_;
  WorkRules rules_;
  Rng chance_;
  Ledger ledger_;
  std::vector<Client> clients_;
  std::uint64_t next_ticket_ = 0;
  std::size_t left_ = 0;
  std::size_t busy_ = 0;
  Count count_;
  std::map<KeyNumber, std::size_t> tries_;  // to write it
};

}  // namespace kv
