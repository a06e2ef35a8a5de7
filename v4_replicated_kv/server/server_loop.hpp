// The thread that a server's node lives on: sockets, the node, and who waits for answers.
//
//   sockets --+                 +--> log thread
//   helpers --+--> one turn ----+--> peers
//   timers  --+                 +--> clients, and what runs after the turn
//
// Idea      a turn takes whatever is ready, from sockets and from the node's helpers, brings
//           all of it to the node, and acts once: one group for the log, one write for each
//           peer, then the answers. So what came together shares one sync, one packet and
//           one wake-up, and no two threads are in the node.
// Breaks if  answers are handed out before the log and the peers have what they need: clients
//            would make the next requests while the last ones wait for their turn.
// Breaks if  anybody blocks on this thread: a name that is looked up, a file that is read.
// Left out  what goes through a socket: doors for clients and a transport for peers bring
//           their own sockets, and share the loop's io_context.
// Threads   ClientPort, io(), now(): the loop's thread. The rest: any other.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "v4_replicated_kv/runtime/client_port.hpp"
#include "v4_replicated_kv/runtime/live_node.hpp"
#include "v4_replicated_kv/server/loop_inbox.hpp"
#include "v4_replicated_kv/server/pending_replies.hpp"
#include "v4_replicated_kv/transport/peer_transport.hpp"

namespace boost::asio {
class io_context;
}

namespace kv {

struct LoopLimits {
  // Requests without an answer; one more is refused at once.
  std::size_t inflight_max = 4096;
  // A loop that is stopped gives requests so long to end, and connections to write.
  std::chrono::milliseconds drain{5000};
  // So often each peer is told that this node is alive.
  std::chrono::milliseconds heartbeat{500};
};

class ServerLoop : public ClientPort {
 public:
  using MakeNode = std::function<std::unique_ptr<LiveNode>(LiveNode::Post)>;
  // Empty where the node has no peers.
  using MakeTransport = std::function<Result<std::unique_ptr<PeerTransport>>(
      boost::asio::io_context&, PeerEvents&)>;

  // Not for others: open_server.hpp puts one together. Lives once run() was called.
  // A member's name is in the ring, a guest's is given here.
  ServerLoop(std::shared_ptr<const RingState> ring, NodeId self, const LoopLimits& limits,
             std::string guest_name = {});
  [[nodiscard]] Result<void> run(const MakeNode& make_node,
                                 const MakeTransport& make_transport);

  ServerLoop(const ServerLoop&) = delete;
  ServerLoop& operator=(const ServerLoop&) = delete;
  // As kill(). Doors have to be gone before, or hold nothing of it.
  ~ServerLoop() override;

  // For doors, on the loop's thread.
  void ask(Request request, Done done) override;
  void after_turn(Task what) override;
  [[nodiscard]] NodeStats stats() const override;
  [[nodiscard]] const RingState& ring() const override { return *ring_; }
  [[nodiscard]] const std::vector<Neighbour>& neighbours() const override {
    return neighbours_;
  }
  void set_neighbours(std::vector<Neighbour> neighbours) {
    neighbours_ = std::move(neighbours);
  }
  [[nodiscard]] boost::asio::io_context& io() { return *io_; }
  // Of a node in nobody's ring: stats() says so to whoever asks.
  void set_waits_for(std::string what) { waits_for_ = std::move(what); }
  // By which the cluster's keys lie in its ring.
  [[nodiscard]] KeyHash hash(std::string_view key) const { return node_->hash(key); }
  // Runs when the loop is to stop: close what listens.
  void when_stopping(Task what) { when_stopping_.push_back(std::move(what)); }
  // Whoever holds this still has to write an answer: a loop that is to stop waits for it, if
  // not for ever.
  [[nodiscard]] std::shared_ptr<void> something_to_write() const { return writing_; }
  // None where nobody is to reach this node.
  [[nodiscard]] PeerTransport* transport() { return transport_.get(); }
  // Told of each peer that is heard of, or comes and goes. What they are told they act on in
  // after_turn(): none may call the transport at once.
  struct PeerNews {
    std::function<void(NodeId peer)> heard = {};
    std::function<void(const Greeting& peer)> up = {};
    std::function<void(NodeId peer)> down = {};
    std::function<void(const Error& why)> ended = {};
  };
  void on_peers(PeerNews news) { peer_news_ = std::move(news); }

  // On the loop's thread. A guess about a peer: see Suspected.
  void suspect(NodeId peer, bool is) { local_.emplace_back(Suspected{peer, is}); }

  // For others. Runs `what` on the loop's thread, soon; false where the loop has ended.
  bool post(Task what);
  // The same, and returns once it has run.
  bool run_there(Task what);

  // No more requests; those that are there end, within the limit; the log is sealed, and the
  // next start will be fast. Returns once all of it is done.
  void stop();
  // As kill -9: what is not in a file is gone, and whoever waits for an answer gets none.
  void kill();

  [[nodiscard]] Stage stage() const { return stage_; }
  // Whether it gets there in time.
  [[nodiscard]] bool wait_for(Stage stage, std::chrono::milliseconds timeout) const;

 private:
  using Item = std::variant<NodeInput, Task>;
  enum class Phase : std::uint8_t { serving, draining, sealing, ended };
  class Peers;  // the events of the transport

  void live();
  void turn();
  void wait_for_something();
  [[nodiscard]] std::optional<Tick> next_wake() const;
  void take_posts();
  void bring(NodeInput&& what);
  void work_off_timers();
  void say_alive();
  void work_off_local();
  void send_all();
  void act();
  void answer_all();
  void run_after_turn();
  void look_at_stage();

  void begin_to_stop();
  void go_on_stopping();
  void seal();
  void set_stage(Stage stage);

  std::shared_ptr<const RingState> ring_;
  NodeId self_;
  std::string guest_name_;
  std::string waits_for_;
  LoopLimits limits_;

  std::unique_ptr<boost::asio::io_context> io_;  // before all that has sockets
  LoopInbox<Item> inbox_;
  PeerNews peer_news_;
  std::vector<Neighbour> neighbours_;
  std::unique_ptr<Peers> peers_;
  std::set<NodeId> up_;
  std::unique_ptr<PeerTransport> transport_;
  std::unique_ptr<LiveNode> node_;

  Moment now_{};
  Tick say_alive_at_{};
  Effects effects_;
  std::vector<Reply> answering_;
  std::vector<NodeInput> local_;
  std::vector<NodeInput> working_off_;
  std::vector<Item> posts_;
  PendingReplies pending_;
  std::vector<std::pair<Done, Reply>> refused_;
  std::vector<Task> after_turn_;
  std::vector<Task> when_stopping_;

  Phase phase_ = Phase::serving;
  Tick stop_by_{};
  std::future<void> sealed_;
  std::shared_ptr<void> writing_ = std::make_shared<int>();

  std::atomic<Stage> stage_{Stage::down};  // written with the lock
  mutable std::mutex stage_mutex_;
  mutable std::condition_variable stage_changed_;

  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace kv
