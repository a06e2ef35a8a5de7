// A cluster in a box: nodes, their disks, the network between them, and time.
//
//   World world(rules, 7);
//   world.start_all();
//   world.ask(NodeId{1}, {.verb = Verb::put, .key = "cart", .value = "apples"});
//   world.network().cut(NodeId{0}, NodeId{2});
//   world.run_until(Tick{50'000});
//
// Idea      the nodes are the real ones, and all around them is made up: one thread, one
//           agenda, chance from one seed. So whatever happens can be made to happen
//           again.
// Breaks if  anything in here asks a clock, or an order that is not fixed.
// Left out  what goes wrong, and when: that is for whoever has a World (faults.hpp, a
//           test).
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/simulation/action.hpp"
#include "v4_replicated_kv/simulation/event.hpp"
#include "v4_replicated_kv/simulation/machine.hpp"
#include "v4_replicated_kv/simulation/mistakes.hpp"
#include "v4_replicated_kv/simulation/network.hpp"
#include "v4_replicated_kv/simulation/trace.hpp"

namespace kv {

struct WorldRules {
  std::size_t nodes = 3;
  std::size_t partitions = 4;
  Policy policy = Policy::last_write_wins;
  Quorum quorum{};
  MachineRules machine{};
  Weather calm{};  // of the network, when nothing is wrong with it
  Mistake mistake = Mistake::none;
  bool keeps_lines = false;
  std::uint64_t steps_max = std::numeric_limits<std::uint64_t>::max();
};

class World {
 public:
  // Nodes are numbered from 0. The ring, its policy and N are set in `rules.machine`
  // here.
  World(WorldRules rules, std::uint64_t seed);

  [[nodiscard]] Tick now() const { return now_; }
  [[nodiscard]] std::size_t size() const { return machines_.size(); }
  [[nodiscard]] const RingState& ring() const { return *ring_; }
  [[nodiscard]] KeyHash hash_of(const std::string& key) const;

  // Plans something of the caller's; never before now.
  void at(Tick when, std::function<void()> run);

  // What is due next, with all that follows in the same moment. False: nothing is
  // planned, or the world has_stopped().
  bool step();
  void run_until(Tick end);
  // After `rules.steps_max` events and messages nothing happens any more, though time may
  // pass: events make events, and a world with short times would fill the memory.
  [[nodiscard]] bool has_stopped() const { return events_ + messages_ > steps_max_; }
  // Whether nothing is under way: no message, no request, nothing that a disk is to do.
  // Nodes may still want to do something of their own, once its time has come.
  [[nodiscard]] bool is_quiet() const;
  // Until then, if that is before `end`.
  void run_until_quiet(Tick end);

  // Clients. False where no process is there to take the request; else on_reply is called
  // once, or never, if the node dies.
  bool ask(NodeId node, Request request, std::string_view client = "client");
  std::function<void(NodeId, const Reply&)> on_reply;
  // Sees every message that is sent, and what nodes say to themselves.
  void on_message(const std::function<void(const Message&)>& see);
  // Sees what is performed (action.hpp), before that.
  std::function<void(const WorldAction&)> on_action;

  // Nodes. A process ends killed, or with its machine: so does one whose disk failed, as
  // the page cache may show what the disk will never have.
  void start_all();
  void start(NodeId node);  // from what its disk has; stays down if that cannot be read
  void kill(NodeId node);
  void cut_power(NodeId node, Unsynced unsynced = Unsynced::at_random);
  void pause(NodeId node);
  void resume(NodeId node);
  // Tells it so, if it runs.
  void suspect(NodeId node, Suspected suspected);
  [[nodiscard]] bool is_up(NodeId node) const { return machine(node).is_up(); }
  [[nodiscard]] bool is_paused(NodeId node) const { return paused_[node.raw()]; }
  [[nodiscard]] bool is_whole(NodeId node) const { return machine(node).is_whole(); }
  // Whether something that the node said has still to arrive.
  [[nodiscard]] bool has_under_way(NodeId from) const;
  [[nodiscard]] Machine& machine(NodeId node) { return *machines_[node.raw()]; }
  [[nodiscard]] const Machine& machine(NodeId node) const {
    return *machines_[node.raw()];
  }

  [[nodiscard]] Network& network() { return network_; }
  [[nodiscard]] Trace& trace() { return trace_; }
  void note(const std::string& what) { trace_.note(now_, what); }

  [[nodiscard]] std::uint64_t messages() const { return messages_; }

 private:
  void handle(Event event);
  void on(Arrival& arrival);
  void on(Bounce& bounce);
  void on(Asked& asked);
  void on(OwnEvent& event);
  void on(Plan& plan);
  void carry(Machine& machine);
  template <class One>
  bool waits_for(NodeId node, One& event);

  Tick now_;
  Tamper tamper_;
  WorldAgenda agenda_;
  std::shared_ptr<const RingState> ring_;
  MachineRules rules_;
  Quorum quorum_;
  Network network_;
  Trace trace_;
  std::vector<std::unique_ptr<Machine>> machines_;
  std::function<void(const Message&)> see_message_;
  std::vector<bool> paused_;
  std::vector<std::vector<Event>> kept_;  // of paused nodes, in order
  std::uint64_t messages_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t steps_max_;
};

}  // namespace kv
