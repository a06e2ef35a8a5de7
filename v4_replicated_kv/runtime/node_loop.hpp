// A thread that nodes live on: it brings them what happened, and does what they ask for.
//
//   inbox --> [ step, step, step ... ] --> groups to the log threads
//     ^          |           ^         --> messages to other loops
//     |          +-- local --+         --> answers to clients
//     +------------------------------------ other loops, log threads, clients
//
// Idea      drains everything that is queued, and acts once per batch: so what came together
//           shares one write, one sync and one wake-up. Messages between nodes of one loop
//           are steps of the same batch: they cross no lock.
// Breaks if  a node is handed anything by another thread; or what nobody takes is kept for
//            ever. A node that hangs and a slow cable have so much room and no more: what has
//            waited longest is lost then, as it would be in a network.
// Left out  a socket: in one process a message is moved, not written (cables.hpp).
// Threads   one. What is public may be called by any.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "v4_replicated_kv/runtime/cables.hpp"
#include "v4_replicated_kv/runtime/calls.hpp"
#include "v4_replicated_kv/runtime/inbox.hpp"
#include "v4_replicated_kv/runtime/live_node.hpp"

namespace kv {

class NodeLoop;

// Who is where: the same for all loops of a cluster, and never changed once they run.
struct Neighbourhood {
  explicit Neighbourhood(std::size_t count) : ids(count), home(count), cables(count) {}

  // The node's place, which is its place in `ids`.
  [[nodiscard]] std::size_t place_of(NodeId node) const;

  std::vector<NodeId> ids;  // ascending
  std::vector<NodeLoop*> home;
  Cables cables;
  Calls calls;
  // Told when a node's stage is another one; from its loop.
  std::function<void(std::size_t place, Stage stage)> stage_changed;
};

class NodeLoop {
 public:
  explicit NodeLoop(Neighbourhood& all);
  NodeLoop(const NodeLoop&) = delete;
  NodeLoop& operator=(const NodeLoop&) = delete;
  // Its nodes end as if killed.
  ~NodeLoop() {
    stop();
    seats_.clear();  // while the inbox is there that their helpers post to
  }

  // For the node at this place.
  void post(std::size_t place, NodeInput what) {
    inbox_.post(Event{place, 0, std::move(what)});
  }

  // What that node's helpers post with: it reaches the node of this life, and no later one.
  [[nodiscard]] LiveNode::Post helper_post(std::size_t place, std::uint64_t life);

  // Each returns when it is done. host() starts the node; evict() gives it back, or nullptr.
  void host(std::size_t place, std::uint64_t life, std::unique_ptr<LiveNode> node);
  [[nodiscard]] std::unique_ptr<LiveNode> evict(std::size_t place);
  void seal(std::size_t place);
  void pause(std::size_t place, bool is_paused);
  [[nodiscard]] NodeStats stats(std::size_t place);

  // What is in the inbox stays there.
  void stop();

 private:
  struct Event {
    std::size_t place = 0;
    std::uint64_t life = 0;  // 0: whichever
    NodeInput what;
  };
  using Item = std::variant<Event, std::function<void()>>;
  struct Seat {
    std::unique_ptr<LiveNode> node;
    std::uint64_t life = 0;
    Stage stage = Stage::down;
    bool is_paused = false;
    // Until it goes on: from others, the newest so many, and from its own helpers, all.
    std::deque<Event> held;
    std::vector<Event> held_news;
  };
  struct Outbound {
    NodeLoop* to;
    std::vector<Item> items;
  };

  void run();
  void run_there(std::function<void()> what);
  [[nodiscard]] std::optional<Inbox<Item>::Clock::time_point> next_wake() const;
  void take(Item& item);
  void bring(Event& event);
  void hold(Seat& seat, Event event);
  void let_go(Seat& seat);
  void nobody_there(Event& event);
  void work_off_local();
  void work_off_timers();
  void act();
  void look_at_stages();
  void send_all();
  void send(Message message);
  void deliver(std::size_t to, NodeInput what);

  Neighbourhood& all_;
  std::vector<Seat> seats_;  // by place; without a node where it lives elsewhere
  Moment now_{};
  Effects effects_;
  std::vector<Event> local_;
  std::size_t local_done_ = 0;
  std::vector<Outbound> outbound_;
  std::multimap<Tick, Message> late_;  // by when it is due
  Inbox<Item> inbox_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace kv
