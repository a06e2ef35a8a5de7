#include "v4_replicated_kv/runtime/node_loop.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include "common/base/check.hpp"
#include "v4_replicated_kv/runtime/clocks.hpp"

namespace kv {

namespace {

// So many messages between nodes of one loop before the outside is looked at again.
constexpr std::size_t kLocalAtOnce = 4096;

// Messages and requests that wait for a node that hangs, and messages on a loop's slow
// cables. To lose some is allowed, and asked for again; to keep all takes all memory.
constexpr std::size_t kHeldMax = 16384;
constexpr std::size_t kLateMax = 16384;

// Timers are for whom nobody answers: no need to wake up for each of them.
constexpr std::uint64_t kTimerGrainUs = 1000;

}  // namespace

std::size_t Neighbourhood::place_of(NodeId node) const {
  const auto at = std::ranges::lower_bound(ids, node);
  KV_CHECK(at != ids.end() && *at == node, "a message is for a member");
  return static_cast<std::size_t>(at - ids.begin());
}

NodeLoop::NodeLoop(Neighbourhood& all)
    : all_(all), seats_(all.ids.size()), thread_([this] { run(); }) {}

void NodeLoop::stop() {
  inbox_.close();
  if (thread_.joinable()) thread_.join();
}

LiveNode::Post NodeLoop::helper_post(std::size_t place, std::uint64_t life) {
  return [this, place, life](NodeInput what) {
    inbox_.post(Event{place, life, std::move(what)});
  };
}

void NodeLoop::run_there(std::function<void()> what) {
  std::promise<void> done;
  inbox_.post([&] {
    what();
    look_at_stages();  // before anybody goes on who knows that it is done
    done.set_value();
  });
  done.get_future().wait();
}

void NodeLoop::host(std::size_t place, std::uint64_t life,
                    std::unique_ptr<LiveNode> node) {
  run_there([&] {
    Seat& seat = seats_.at(place);
    KV_CHECK(seat.node == nullptr, "a node lives once at a time");
    seat.node = std::move(node);
    seat.life = life;
    seat.is_paused = false;
    seat.node->start(now_, effects_);
    send_all();
  });
}

std::unique_ptr<LiveNode> NodeLoop::evict(std::size_t place) {
  std::unique_ptr<LiveNode> node;
  run_there([&] {
    Seat& seat = seats_.at(place);
    node = std::move(seat.node);
    seat.is_paused = false;
    seat.held_news.clear();
    for (Event& event : std::exchange(seat.held, {})) nobody_there(event);
  });
  return node;
}

void NodeLoop::seal(std::size_t place) {
  std::promise<void> sealed;
  auto is_sealed = sealed.get_future();
  bool is_there = false;
  run_there([&] {
    Seat& seat = seats_.at(place);
    is_there = seat.node != nullptr;
    if (is_there) seat.node->seal(std::move(sealed));
    if (std::exchange(seat.is_paused, false)) let_go(seat);
  });
  if (is_there) is_sealed.wait();
}

// One that is sealed or failed goes on: whoever stops it waits for its log.
void NodeLoop::pause(std::size_t place, bool is_paused) {
  run_there([&] {
    Seat& seat = seats_.at(place);
    seat.is_paused = is_paused && seat.node != nullptr && seat.node->takes_part();
    if (!seat.is_paused) let_go(seat);
  });
}

NodeStats NodeLoop::stats(std::size_t place) {
  NodeStats stats;
  run_there([&] {
    const Seat& seat = seats_.at(place);
    if (seat.node != nullptr) stats = seat.node->stats();
    stats.is_paused = seat.is_paused;
    stats.held = seat.held.size();
    stats.late = late_.size();
  });
  return stats;
}

void NodeLoop::run() {
  std::vector<Item> batch;
  while (inbox_.drain(batch, next_wake())) {
    now_ = moment_now();
    for (Item& item : batch) take(item);
    batch.clear();
    work_off_timers();
    work_off_local();
    act();
  }
}

void NodeLoop::take(Item& item) {
  if (auto* const event = std::get_if<Event>(&item)) return bring(*event);
  std::get<std::function<void()>>(item)();
}

void NodeLoop::bring(Event& event) {
  Seat& seat = seats_.at(event.place);
  if (seat.node == nullptr || (event.life != 0 && event.life != seat.life)) {
    return nobody_there(event);
  }
  if (seat.is_paused) return hold(seat, std::move(event));
  const bool is_own_news = event.life != 0;
  if (!is_own_news && !seat.node->takes_part()) return nobody_there(event);
  seat.node->handle(now_, std::move(event.what), effects_);
  send_all();
}

// What its helpers did cannot be lost, and is never much: each does what it was asked for.
void NodeLoop::hold(Seat& seat, Event event) {
  if (event.life != 0) return seat.held_news.push_back(std::move(event));
  seat.held.push_back(std::move(event));
  if (seat.held.size() > kHeldMax) seat.held.pop_front();
}

void NodeLoop::let_go(Seat& seat) {
  for (Event& event : std::exchange(seat.held_news, {})) {
    local_.push_back(std::move(event));
  }
  for (Event& event : std::exchange(seat.held, {})) local_.push_back(std::move(event));
}

// As where a process is gone: whoever connects is told at once.
void NodeLoop::nobody_there(Event& event) {
  if (const auto* const request = std::get_if<Request>(&event.what)) {
    effects_.reply.push_back({.ticket = request->ticket,
                              .outcome = Outcome::refused,
                              .trouble = Trouble::not_ready,
                              .detail = "the node is down"});
  } else if (auto* const message = std::get_if<Message>(&event.what)) {
    const std::size_t from = all_.place_of(message->from);
    if (from != event.place) deliver(from, Undelivered{std::move(*message)});
  }
}

void NodeLoop::work_off_local() {
  const std::size_t until = local_done_ + kLocalAtOnce;
  for (; local_done_ < local_.size() && local_done_ < until; ++local_done_) {
    Event event = std::move(local_[local_done_]);
    bring(event);
  }
  // Where more comes than is worked off it is never empty, so what is done goes before that.
  if (local_done_ < local_.size() - local_done_) return;
  local_.erase(local_.begin(), local_.begin() + static_cast<std::ptrdiff_t>(local_done_));
  local_done_ = 0;
}

void NodeLoop::work_off_timers() {
  while (!late_.empty() && late_.begin()->first <= now_.now) {
    auto late = late_.extract(late_.begin());
    deliver(all_.place_of(late.mapped().to), std::move(late.mapped()));
  }
  for (Seat& seat : seats_) {
    if (seat.node == nullptr || seat.is_paused) continue;
    const auto wake = seat.node->wake();
    if (!wake || *wake > now_.now) continue;
    seat.node->time_passed(now_, effects_);
    send_all();
  }
}

std::optional<Inbox<NodeLoop::Item>::Clock::time_point> NodeLoop::next_wake() const {
  if (!local_.empty()) return Inbox<Item>::Clock::time_point{};  // do not wait
  std::optional<Tick> next;
  const auto sooner = [&](Tick tick) { next = next ? std::min(*next, tick) : tick; };
  if (!late_.empty()) sooner(late_.begin()->first);
  for (const Seat& seat : seats_) {
    if (seat.node == nullptr || seat.is_paused) continue;
    if (const auto wake = seat.node->wake()) {
      sooner(Tick{(wake->raw() / kTimerGrainUs + 1) * kTimerGrainUs});
    }
  }
  if (!next) return std::nullopt;
  return time_of(*next);
}

// Once per batch, in this order: the log, other nodes, clients.
void NodeLoop::act() {
  for (Seat& seat : seats_) {
    if (seat.node != nullptr && !seat.is_paused) seat.node->hand_over();
  }
  for (Outbound& outbound : outbound_) outbound.to->inbox_.post_all(outbound.items);
  for (Reply& reply : effects_.reply) all_.calls.answer(std::move(reply));
  effects_.reply.clear();
  look_at_stages();
}

void NodeLoop::look_at_stages() {
  for (std::size_t place = 0; place < seats_.size(); ++place) {
    Seat& seat = seats_[place];
    const bool is_elsewhere = all_.home[place] != this;
    if (is_elsewhere) continue;
    const Stage stage = seat.node == nullptr ? Stage::down : seat.node->stage();
    if (stage != std::exchange(seat.stage, stage)) all_.stage_changed(place, stage);
  }
}

void NodeLoop::send_all() {
  for (Message& message : effects_.send) send(std::move(message));
  effects_.send.clear();
}

void NodeLoop::send(Message message) {
  const std::size_t from = all_.place_of(message.from);
  const std::size_t to = all_.place_of(message.to);
  if (from != to) {
    if (all_.cables.is_cut(from, to)) return;
    const auto delay = all_.cables.delay(from);
    if (delay.count() > 0) {
      const Tick due = now_.now + Tick{static_cast<std::uint64_t>(delay.count())};
      late_.emplace(due, std::move(message));
      if (late_.size() > kLateMax) late_.erase(late_.begin());
      return;
    }
  }
  deliver(to, std::move(message));
}

void NodeLoop::deliver(std::size_t to, NodeInput what) {
  NodeLoop* const home = all_.home[to];
  if (home == this) {
    local_.push_back(Event{to, 0, std::move(what)});
    return;
  }
  auto at = std::ranges::find(outbound_, home, &Outbound::to);
  if (at == outbound_.end()) {
    outbound_.push_back({.to = home, .items = {}});
    at = outbound_.end() - 1;
  }
  at->items.emplace_back(Event{to, 0, std::move(what)});
}

}  // namespace kv
