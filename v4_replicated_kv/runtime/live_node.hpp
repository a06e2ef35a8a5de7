// One life of a node, from a start to its end: the core, its log and its helpers.
//
//                         +--- log thread      write, sync
//   loop -- handle() ---> core
//                         +--- blocking thread cold values, the manifest
//                         +--- keeper          spares, hints, compaction, scrub
//
// Idea      the loop owns the core, and the three helpers only ever wait for a disk. What they
//           have done comes back as something that happened, through the loop's inbox.
// Breaks if  it goes on after its disk failed. What the disk has is unknown then, so it takes
//            part in nothing, reads included; a restart finds out.
// Threads   handle(), hand_over() and what else is the loop's: one at a time. The engine is
//           also the keeper's, under a lock that nobody holds while a disk works.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "v4_replicated_kv/node/store_node.hpp"
#include "v4_replicated_kv/runtime/log_thread.hpp"
#include "v4_replicated_kv/runtime/node_stats.hpp"
#include "v4_replicated_kv/storage/log_engine.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"

namespace kv {

struct NodeSetup {
  Boot boot;
  NodeRules rules{};
  EngineLimits limits{};
  double compact_above = 0.5;
  std::chrono::seconds scrub_every{std::chrono::days(14)};
  std::size_t memory_value_bytes = 0;  // without a disk: room for values
};

struct ColdDone {
  ColdRead asked;
  Result<std::string> value;
};
// A helper found that the engine stopped, or has something to say later.
struct LookAgain {};

// What the loop brings to a node.
using NodeInput = std::variant<Request, Message, Undelivered, Suspected, LogReport,
                               ColdDone, Reserved, LookAgain>;

class LiveNode {
 public:
  using Post = std::function<void(NodeInput)>;  // into the loop's inbox, from any thread

  LiveNode(NodeSetup setup, std::unique_ptr<Disk> disk, Recovered recovered, Post post);
  // In memory: as durable as it will ever be.
  LiveNode(NodeSetup setup, Post post);
  LiveNode(const LiveNode&) = delete;
  LiveNode& operator=(const LiveNode&) = delete;
  // As if the process had been killed: nothing is flushed.
  ~LiveNode();

  void start(const Moment& at, Effects& out);
  // These come next: what the index has of their keys is on its way while others are handled.
  void expect(std::span<const NodeInput> inputs);
  void handle(const Moment& at, NodeInput&& input, Effects& out);
  void time_passed(const Moment& at, Effects& out);
  [[nodiscard]] std::optional<Tick> wake() const { return node_->wake(); }
  // Nothing once it takes part in nothing.
  void say_alive(NodeId to, Effects& out) const {
    if (takes_part()) node_->say_alive(to, out);
  }

  // At the end of a batch: what was appended goes to the log thread, unless that is busy.
  void hand_over();

  // Takes part in nothing from here on; `sealed` is told once the log is, on the disk.
  void seal(std::promise<void> sealed);

  // After seal(), and away from the loop: hints for a fast start.
  void make_hints();

  // Whether messages reach it.
  [[nodiscard]] bool takes_part() const { return !is_sealed_ && !node_->failure(); }

  // Of a key, as all nodes of its cluster hash it.
  [[nodiscard]] KeyHash hash(std::string_view key) const;

  [[nodiscard]] Stage stage() const;
  [[nodiscard]] NodeStats stats() const;

 private:
  struct OnDisk;

  void step(const Moment& at, Input&& input, Effects& out);
  void on(LogReport report, const Moment& at, Effects& out);
  void on(ColdDone done, const Moment& at, Effects& out);
  void do_what_waits_for_the_disk(Effects& out);
  void make_room_for(const NodeInput& input);
  void look_at_engine();
  void stop_if_broken(const Moment& at, Effects& out);
  void keep_house(const std::stop_token& stop);
  [[nodiscard]] std::string waits_for() const;

  NodeSetup setup_;
  Post post_;
  std::unique_ptr<Engine> memory_;
  std::unique_ptr<StoreNode> node_;
  bool is_sealed_ = false;
  std::optional<std::promise<void>> sealed_;  // is still to be told
  bool log_is_busy_ = false;
  bool wants_spare_ = false;
  bool is_broken_ = false;  // the engine, when it was last looked at
  LogThread::Groups groups_;
  std::vector<KeyHash> expected_;
  std::unique_ptr<OnDisk> disk_;  // last: its threads end before what they use
};

}  // namespace kv
