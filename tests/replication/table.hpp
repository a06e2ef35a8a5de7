// Nodes around a table: every message lies on it until the test delivers, drops or doubles
// it, every log is durable when the test says so, and every value in a file is read then.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/shaky_engine.hpp"
#include "v4_replicated_kv/node/store_node.hpp"
#include "v4_replicated_kv/replication/stored_state.hpp"
#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv {

inline std::shared_ptr<const RingState> ring_of(std::size_t nodes, std::size_t copies,
                                                Policy policy) {
  std::vector<Newcomer> newcomers;
  for (std::size_t i = 0; i < nodes; ++i) {
    newcomers.push_back({.name = "n" + std::to_string(i + 1)});
  }
  auto ring = found_ring(
      newcomers, {.copies = copies, .partitions = 8, .policy = policy, .vnodes = 16});
  REQUIRE(ring);
  return std::make_shared<const RingState>(*std::move(ring));
}

class Table {
 public:
  struct Plan {
    std::size_t nodes = 3;
    Quorum quorum{};
    Policy policy = Policy::last_write_wins;
    bool is_founding = true;
    std::uint64_t repair_one_in = 0;
    std::size_t page_bytes = std::size_t{64} << 10;
    std::size_t reading_bytes_max = SIZE_MAX;
    Hasher hash{&xxh3, 0};
  };

  Table() : Table(Plan{}) {}
  explicit Table(const Plan& plan)
      : ring(ring_of(plan.nodes, plan.quorum.n, plan.policy)), plan_(plan) {
    rules_.replica.state.policy = plan.policy;
    rules_.replica.page_bytes = plan.page_bytes;
    rules_.replica.hash = plan.hash;
    rules_.coordinator.quorum = plan.quorum;
    rules_.coordinator.repair_one_in = plan.repair_one_in;
    rules_.coordinator.reading_bytes_max = plan.reading_bytes_max;
    for (std::size_t i = 0; i < plan.nodes; ++i) {
      seats_.push_back(std::make_unique<Seat>());
      boot(i, plan.is_founding);
    }
  }

  // Node i starts: with what its engine holds, or with nothing.
  void boot(std::size_t i, bool is_founding, bool is_damaged = false,
            std::uint64_t durable = 0) {
    Seat& seat = *seats_[i];
    if (is_founding || is_damaged) {
      seat.engine = std::make_unique<ShakyEngine>(8);
      seat.actor = ActorId{++actors_};
      seat.reserved = 0;
    }
    start(i, is_founding, is_damaged, durable);
  }
  // Node i starts again with the disk that it had; its manifest may say that it is not whole.
  void restart(std::size_t i, bool is_damaged = false) {
    start(i, false, is_damaged, seats_[i]->engine->last_seq());
  }
  // The same, and damage took keys that nobody can name: here, all of them.
  void restart_with_keys_unknown(std::size_t i) {
    const std::uint64_t durable = seats_[i]->engine->last_seq();
    seats_[i]->engine = std::make_unique<ShakyEngine>(8);
    start(i, false, false, durable, true);
  }

  void step(std::size_t i, Input input) {
    if (!seats_[i]->is_up) return;
    Effects effects;
    seats_[i]->node->step(moment(), std::move(input), effects);
    take(i, effects);
  }

  // The values that nodes wait for are read.
  void read_files() {
    while (!reads.empty()) {
      const auto [i, read] = std::move(reads.front());
      reads.pop_front();
      const KeyHash hash = hash_key(rules_.replica.hash, read.key);
      step(i, ValueRead{.ticket = read.ticket,
                        .value = seats_[i]->engine->read_file(hash, read.key)});
    }
  }

  // A client's request at node i, which answers later.
  Ticket ask(std::size_t i, Request request) {
    request.ticket = Ticket{++tickets_};
    const Ticket ticket = request.ticket;
    step(i, std::move(request));
    return ticket;
  }

  // All that was written so far at node i is on its disk.
  void sync(std::size_t i) { step(i, LogDurable{.seq = seats_[i]->engine->last_seq()}); }

  // Delivers the first message that `choose` takes; whether there was one.
  using Choice = std::function<bool(const Message&)>;
  bool deliver_one(const Choice& choose) {
    for (auto at = mail.begin(); at != mail.end(); ++at) {
      if (!choose(*at)) continue;
      Message message = std::move(*at);
      mail.erase(at);
      const std::size_t to = message.to.raw();
      step(to, std::move(message));
      if (syncs_itself) sync(to);
      return true;
    }
    return false;
  }
  void deliver(const Choice& choose) {
    while (deliver_one(choose)) {
    }
  }
  void deliver_all() {
    deliver([&](const Message& message) { return seats_[message.to.raw()]->is_up; });
  }
  std::size_t drop(const Choice& choose) { return std::erase_if(mail, choose); }

  // Tells the senders that these did not arrive.
  void bounce(const Choice& choose) {
    for (std::size_t left = mail.size(); left > 0; --left) {
      Message message = std::move(mail.front());
      mail.pop_front();
      if (!choose(message)) {
        mail.push_back(std::move(message));
        continue;
      }
      const std::size_t from = message.from.raw();
      step(from, Undelivered{std::move(message)});
    }
  }

  void pass(std::uint64_t ticks) {
    now_ = now_ + Tick{ticks};
    for (std::size_t i = 0; i < seats_.size(); ++i) step(i, TimePassed{});
  }

  void stop(std::size_t i) { seats_[i]->is_up = false; }

  // The reply, if it is there.
  const Reply* reply(Ticket ticket) const {
    for (const Reply& reply : replies_) {
      if (reply.ticket == ticket) return &reply;
    }
    return nullptr;
  }
  const Reply& now_reply(Ticket ticket) const {
    const Reply* const found = reply(ticket);
    REQUIRE(found != nullptr);
    return *found;
  }

  void forget_replies() { replies_.clear(); }

  // Asks, delivers everything, and returns the reply.
  const Reply& run(std::size_t i, Request request) {
    const Ticket ticket = ask(i, std::move(request));
    deliver_all();
    return now_reply(ticket);
  }

  // The one value in a reply, or "" for none.
  [[nodiscard]] std::vector<std::string> values(const Reply& reply) const {
    std::vector<std::string> values;
    for (const Version* version : visible(reply.state, wall)) {
      values.push_back(version->value);
    }
    return values;
  }

  // What lies in the store of node i, whether or not it is durable or counts.
  [[nodiscard]] KeyState held(std::size_t i, const std::string& key) const {
    const KeyHash hash = hash_key(rules_.replica.hash, key);
    auto held = load_state(*seats_[i]->engine, rules_.replica.state, hash, key,
                           Part::whole, nullptr);
    REQUIRE(held);
    return std::move(held->state);
  }

  StoreNode& node(std::size_t i) { return *seats_[i]->node; }
  ShakyEngine& engine(std::size_t i) { return *seats_[i]->engine; }
  // Whether node i's manifest says that it has all.
  [[nodiscard]] bool is_said_whole(std::size_t i) const { return seats_[i]->is_whole; }
  [[nodiscard]] const NodeRules& rules() const { return rules_; }
  [[nodiscard]] std::vector<std::size_t> owners(const std::string& key) const {
    std::vector<std::size_t> owners;
    for (const NodeId node : ring->table.owners(hash_key(rules_.replica.hash, key))) {
      owners.push_back(node.raw());
    }
    return owners;
  }
  // A node that owns nothing of the key.
  [[nodiscard]] std::size_t outsider(const std::string& key) const {
    const auto all = owners(key);
    std::size_t outsider = 0;
    while (std::ranges::find(all, outsider) != all.end()) ++outsider;
    REQUIRE(outsider < seats_.size());
    return outsider;
  }

  std::shared_ptr<const RingState> ring;
  std::deque<Message> mail;
  std::deque<std::pair<std::size_t, ColdRead>> reads;  // values to be read, and where
  std::vector<PartitionId> repaired;
  bool syncs_itself = true;
  bool reads_itself = true;
  bool reserves = true;  // manifests are written, when that is asked for
  Reservation wanted{};  // the last that was asked for
  std::size_t reservations = 0;
  WallMs wall{1'000'000};

 private:
  struct Seat {
    std::unique_ptr<ShakyEngine> engine;
    std::unique_ptr<StoreNode> node;
    ActorId actor;
    std::uint64_t reserved = 0;
    bool is_whole = true;
    bool is_up = true;
  };

  void start(std::size_t i, bool is_founding, bool is_damaged, std::uint64_t durable,
             bool keys_unknown = false) {
    Seat& seat = *seats_[i];
    seat.node = std::make_unique<StoreNode>(*seat.engine,
                                            Boot{.self = NodeId{std::uint32_t(i)},
                                                 .ring = ring,
                                                 .actor = seat.actor,
                                                 .reserved = seat.reserved,
                                                 .durable = durable,
                                                 .seed = ++seeds_,
                                                 .is_founding = is_founding,
                                                 .is_damaged = is_damaged,
                                                 .keys_unknown = keys_unknown},
                                            rules_);
    seat.is_up = true;
    Effects effects;
    seat.node->start(moment(), effects);
    take(i, effects);
  }

  [[nodiscard]] Moment moment() const { return {.now = now_, .wall = wall}; }

  void take(std::size_t i, Effects& effects) {
    Seat& seat = *seats_[i];
    for (Message& message : effects.send) mail.push_back(std::move(message));
    for (Reply& reply : effects.reply) replies_.push_back(std::move(reply));
    for (const PartitionId partition : effects.whole) repaired.push_back(partition);
    for (ColdRead& read : effects.read) reads.emplace_back(i, std::move(read));
    if (reads_itself) read_files();
    for (const Reservation& asked : effects.reserve) {
      wanted = asked;
      ++reservations;
      if (!reserves) continue;
      seat.actor = asked.actor;
      seat.reserved = asked.up_to;
      seat.is_whole = asked.is_whole;
      step(i, Reserved{asked});
    }
  }

  Plan plan_;
  NodeRules rules_{};
  std::vector<std::unique_ptr<Seat>> seats_;
  std::deque<Reply> replies_;
  Tick now_{1'000'000};
  std::uint64_t actors_ = 0;
  std::uint64_t seeds_ = 0;
  std::uint64_t tickets_ = 0;
};

inline Request get_of(std::string key, Consistency consistency = {}) {
  return {.verb = Verb::get, .key = std::move(key), .consistency = consistency};
}
inline Request put_of(std::string key, std::string value, Consistency consistency = {}) {
  return {.verb = Verb::put,
          .key = std::move(key),
          .value = std::move(value),
          .consistency = consistency};
}
inline Request erase_of(std::string key, Consistency consistency = {}) {
  return {.verb = Verb::erase, .key = std::move(key), .consistency = consistency};
}

// Choices of messages.
inline bool anything(const Message& /*message*/) {
  return true;
}
inline Table::Choice to(std::size_t node) {
  return [node](const Message& message) { return message.to.raw() == node; };
}
inline Table::Choice from(std::size_t node) {
  return [node](const Message& message) { return message.from.raw() == node; };
}
inline Table::Choice between(std::size_t from, std::size_t to) {
  return [=](const Message& message) {
    return message.from.raw() == from && message.to.raw() == to;
  };
}
template <class Body>
bool is(const Message& message) {
  return std::holds_alternative<Body>(message.body);
}

// Node `by` answers, by hand, the first thing on the table that `asker` asked of it.
template <class Body>
void answer_as(Table& table, std::size_t asker, std::size_t by, Body body) {
  const auto at = std::ranges::find_if(table.mail, between(asker, by));
  REQUIRE(at != table.mail.end());
  Message answer = answer_to(*at, std::move(body));
  answer.from = at->to;
  answer.epoch = at->epoch;
  table.mail.erase(at);
  table.mail.push_back(std::move(answer));
}

}  // namespace kv
