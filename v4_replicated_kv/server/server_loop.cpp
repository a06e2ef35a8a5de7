#include "v4_replicated_kv/server/server_loop.hpp"

#include <algorithm>
#include <span>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "common/base/check.hpp"
#include "v4_replicated_kv/runtime/clocks.hpp"
#include "v4_replicated_kv/server/loop_peers.hpp"

namespace kv {

namespace asio = boost::asio;

namespace {

// So many sockets before the node is looked at: a peer that never stops sending would keep
// the loop at reading.
constexpr int kHandlersAtOnce = 1024;

// So many messages from the node to itself before the outside is looked at again.
constexpr std::size_t kLocalAtOnce = 4096;

// So many of them the node is told of before the first: what they look at fits into the
// nearest cache.
constexpr std::size_t kExpectedAtOnce = 32;

// Timers are for whom nobody answers: no need to wake up for each of them.
constexpr std::uint64_t kTimerGrainUs = 1000;

constexpr int kThreadsOfIo = 1;

}  // namespace

ServerLoop::ServerLoop(std::shared_ptr<const RingState> ring, NodeId self,
                       const LoopLimits& limits, std::string guest_name)
    : ring_(std::move(ring)),
      self_(self),
      guest_name_(std::move(guest_name)),
      limits_(limits),
      io_(std::make_unique<asio::io_context>(kThreadsOfIo)),
      inbox_([this] { asio::post(*io_, [] {}); }),
      peers_(std::make_unique<Peers>(*this)) {}

ServerLoop::~ServerLoop() {
  kill();
}

Result<void> ServerLoop::run(const MakeNode& make_node,
                             const MakeTransport& make_transport) {
  KV_CHECK(node_ == nullptr, "a loop lives once");
  if (make_transport) {
    auto made = make_transport(*io_, *peers_);
    if (!made) return std::unexpected(made.error());
    transport_ = *std::move(made);
  }
  node_ = make_node([this](NodeInput what) { inbox_.post(std::move(what)); });
  thread_ = std::jthread([this] { live(); });
  return {};
}

void ServerLoop::ask(Request request, Done done) {
  const auto refuse = [&](Trouble trouble, const char* why) {
    refused_.emplace_back(
        std::move(done),
        Reply{.outcome = Outcome::refused, .trouble = trouble, .detail = why});
  };
  if (phase_ != Phase::serving) {
    return refuse(Trouble::not_ready, "this node is being stopped: ask another one");
  }
  if (pending_.size() >= limits_.inflight_max) {
    return refuse(
        Trouble::overloaded,
        "this node has as many requests as it takes: try again, or another one");
  }
  request.ticket = pending_.open(std::move(done));
  local_.emplace_back(std::move(request));
}

void ServerLoop::after_turn(Task what) {
  after_turn_.push_back(std::move(what));
}

NodeStats ServerLoop::stats() const {
  NodeStats stats = node_->stats();
  const Member* const member = ring_->find(self_);
  stats.is_guest = member == nullptr;
  stats.name = stats.is_guest ? guest_name_ : member->node.name;
  if (!waits_for_.empty()) stats.waits_for = waits_for_;
  if (transport_ != nullptr) stats.peers_up = transport_->counts().up;
  return stats;
}

bool ServerLoop::post(Task what) {
  return inbox_.post(std::move(what));
}

bool ServerLoop::run_there(Task what) {
  std::promise<void> done;
  const auto is_done = done.get_future();
  const bool taken = post([what = std::move(what), done = std::move(done)]() mutable {
    what();
    done.set_value();
  });
  if (taken) is_done.wait();  // or until nobody can say so any more
  return taken;
}

void ServerLoop::live() {
  const auto stays = asio::make_work_guard(*io_);
  now_ = moment_now();
  node_->start(now_, effects_);
  send_all();
  work_off_local();
  act();
  while (phase_ != Phase::ended) turn();
  inbox_.close();
  if (transport_) transport_->stop();
  const bool is_sealed = sealed_.valid();
  if (is_sealed) node_->make_hints();
  set_stage(Stage::down);
}

void ServerLoop::turn() {
  wait_for_something();
  now_ = moment_now();
  take_posts();
  // Answers that are here already are in time, however late this turn is.
  work_off_local();
  work_off_timers();
  act();
  go_on_stopping();
}

void ServerLoop::wait_for_something() {
  int handled = 0;
  const bool is_idle = local_.empty() && refused_.empty() && after_turn_.empty();
  if (is_idle && inbox_.about_to_sleep()) {
    const auto wake = next_wake();
    const std::size_t ran = wake ? io_->run_one_until(time_of(*wake)) : io_->run_one();
    handled += ran > 0 ? 1 : 0;
  }
  while (handled < kHandlersAtOnce && io_->poll_one() > 0) ++handled;
}

std::optional<Tick> ServerLoop::next_wake() const {
  std::optional<Tick> next;
  const auto sooner = [&](Tick tick) { next = next ? std::min(*next, tick) : tick; };
  if (const auto wake = node_->wake()) {
    sooner(Tick{(wake->raw() / kTimerGrainUs + 1) * kTimerGrainUs});
  }
  if (!up_.empty()) sooner(say_alive_at_);
  // Connections that have written say so to nobody.
  if (phase_ == Phase::draining) sooner(now_.now + Tick{10 * kTimerGrainUs});
  return next;
}

void ServerLoop::take_posts() {
  inbox_.drain(posts_);
  for (Item& item : posts_) {
    if (auto* const input = std::get_if<NodeInput>(&item)) {
      bring(std::move(*input));
    } else {
      std::get<Task>(item)();
    }
  }
  posts_.clear();
}

void ServerLoop::bring(NodeInput&& what) {
  // A node that stopped answers nobody, and hears of its helpers only.
  if (!node_->takes_part()) {
    if (auto* const request = std::get_if<Request>(&what)) {
      const std::string why = node_->stats().failure;
      effects_.reply.push_back({.ticket = request->ticket,
                                .outcome = Outcome::refused,
                                .trouble = Trouble::not_ready,
                                .detail = "this node stopped: " + why});
      return;
    }
    if (std::holds_alternative<Message>(what)) return;
  }
  node_->handle(now_, std::move(what), effects_);
  send_all();
}

void ServerLoop::work_off_timers() {
  if (!up_.empty() && say_alive_at_ <= now_.now) say_alive();
  const auto wake = node_->wake();
  if (!wake || *wake > now_.now) return;
  node_->time_passed(now_, effects_);
  send_all();
}

void ServerLoop::say_alive() {
  for (const NodeId peer : up_) node_->say_alive(peer, effects_);
  send_all();
  const auto us = std::chrono::microseconds(limits_.heartbeat).count();
  say_alive_at_ = now_.now + Tick{static_cast<std::uint64_t>(us)};
}

// All that the turn brought, and some of what comes of it.
void ServerLoop::work_off_local() {
  for (std::size_t done = 0; !local_.empty() && done < kLocalAtOnce;) {
    working_off_.swap(local_);
    for (std::size_t i = 0; i < working_off_.size(); ++i) {
      if (i % kExpectedAtOnce == 0) {
        const auto next = std::span(working_off_).subspan(i);
        node_->expect(next.first(std::min(kExpectedAtOnce, next.size())));
      }
      bring(std::move(working_off_[i]));
    }
    done += working_off_.size();
    working_off_.clear();
  }
}

void ServerLoop::send_all() {
  for (Message& message : effects_.send) {
    if (message.to == self_) {
      local_.emplace_back(std::move(message));
    } else if (transport_) {
      transport_->send(std::move(message));
    } else {
      local_.emplace_back(Undelivered{std::move(message)});
    }
  }
  effects_.send.clear();
}

// Once a turn, in this order: the log, other nodes, clients.
void ServerLoop::act() {
  node_->hand_over();
  if (transport_) transport_->flush();
  answer_all();
  run_after_turn();
  look_at_stage();
}

void ServerLoop::answer_all() {
  // Whoever is told may ask again: that is for the next turn.
  answering_.swap(effects_.reply);
  for (Reply& reply : answering_) {
    if (auto done = pending_.take(reply.ticket)) (*done)(std::move(reply));
  }
  answering_.clear();
  for (auto& [done, reply] : std::exchange(refused_, {})) done(std::move(reply));
}

void ServerLoop::run_after_turn() {
  for (Task& task : std::exchange(after_turn_, {})) task();
}

void ServerLoop::look_at_stage() {
  const Stage stage = node_->stage();
  if (stage == stage_) return;
  set_stage(stage);
  // Whoever waits for it learns now that there is nothing to wait for.
  if (stage == Stage::failed && transport_) transport_->stop();
}

}  // namespace kv
