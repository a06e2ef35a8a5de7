// Nodes around a table: every message lies on it until the test delivers, drops or doubles
// it, and every log is durable when the test says so.
#pragma once

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

#include "v4_replicated_kv/node/store_node.hpp"
#include "v4_replicated_kv/storage/memory_engine.hpp"
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
  };

  Table() : Table(Plan{}) {}
  explicit Table(const Plan& plan)
      : ring(ring_of(plan.nodes, plan.quorum.n, plan.policy)), plan_(plan) {
    rules_.replica.state.policy = plan.policy;
    rules_.coordinator.quorum = plan.quorum;
    rules_.coordinator.repair_one_in = plan.repair_one_in;
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
      seat.engine = std::make_unique<MemoryEngine>(8, 1 << 24, 1 << 24, true);
      seat.actor = ActorId{++actors_};
      seat.reserved = 0;
    }
    seat.node = std::make_unique<StoreNode>(*seat.engine,
                                            Boot{.self = NodeId{std::uint32_t(i)},
                                                 .ring = ring,
                                                 .actor = seat.actor,
                                                 .reserved = seat.reserved,
                                                 .durable = durable,
                                                 .seed = ++seeds_,
                                                 .is_founding = is_founding,
                                                 .is_damaged = is_damaged},
                                            rules_);
    seat.is_up = true;
    Effects effects;
    seat.node->start(moment(), effects);
    take(i, effects);
  }

  void step(std::size_t i, Input input) {
    if (!seats_[i]->is_up) return;
    Effects effects;
    seats_[i]->node->step(moment(), std::move(input), effects);
    take(i, effects);
  }

  // A client's request at node i, which answers later.
  Ticket ask(std::size_t i, Request request) {
    request.ticket = Ticket{++tickets_};
    const Ticket ticket = request.ticket;
    step(i, std::move(request));
    return ticket;
  }

  // All that was written so far at node i is on its disk.
  void sync(std::size_t i) { step(i, LogDurable{.seq = seats_[i]->last_seq()}); }

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

  StoreNode& node(std::size_t i) { return *seats_[i]->node; }
  [[nodiscard]] const NodeRules& rules() const { return rules_; }
  [[nodiscard]] std::vector<std::size_t> owners(const std::string& key) const {
    std::vector<std::size_t> owners;
    for (const NodeId node : ring->table.owners(hash_key(rules_.replica.hash, key))) {
      owners.push_back(node.raw());
    }
    return owners;
  }

  std::shared_ptr<const RingState> ring;
  std::deque<Message> mail;
  bool syncs_itself = true;
  WallMs wall{1'000'000};

 private:
  struct Seat {
    std::unique_ptr<MemoryEngine> engine;
    std::unique_ptr<StoreNode> node;
    ActorId actor;
    std::uint64_t reserved = 0;
    bool is_up = true;
    [[nodiscard]] std::uint64_t last_seq() const { return std::uint64_t{1} << 40; }
  };

  [[nodiscard]] Moment moment() const { return {.now = now_, .wall = wall}; }

  void take(std::size_t i, Effects& effects) {
    Seat& seat = *seats_[i];
    for (Message& message : effects.send) mail.push_back(std::move(message));
    for (Reply& reply : effects.reply) replies_.push_back(std::move(reply));
    CHECK(effects.read.empty());  // nothing is cold in memory
    for (const Reservation& wanted : effects.reserve) {
      seat.actor = wanted.actor;
      seat.reserved = wanted.up_to;
      step(i, Reserved{wanted});
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

}  // namespace kv
