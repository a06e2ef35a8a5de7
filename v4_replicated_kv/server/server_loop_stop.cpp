// How a loop ends.
#include <utility>

#include "v4_replicated_kv/runtime/clocks.hpp"
#include "v4_replicated_kv/server/loop_peers.hpp"
#include "v4_replicated_kv/server/server_loop.hpp"

namespace kv {

void ServerLoop::stop() {
  post([this] { begin_to_stop(); });
  if (thread_.joinable()) thread_.join();
}

void ServerLoop::kill() {
  post([this] { phase_ = Phase::ended; });
  if (thread_.joinable()) thread_.join();
}

void ServerLoop::begin_to_stop() {
  if (phase_ != Phase::serving) return;
  phase_ = Phase::draining;
  const auto us = std::chrono::microseconds(limits_.drain).count();
  stop_by_ = now_.now + Tick{static_cast<std::uint64_t>(us)};
  for (Task& task : std::exchange(when_stopping_, {})) task();
}

void ServerLoop::go_on_stopping() {
  if (phase_ == Phase::draining) {
    const bool all_is_written =
        pending_.size() == 0 && refused_.empty() && writing_.use_count() == 1;
    if (all_is_written || now_.now >= stop_by_) seal();
  }
  const bool is_sealed =
      phase_ == Phase::sealing &&
      sealed_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  if (is_sealed) phase_ = Phase::ended;
}

// The requests that are still there have had their time.
void ServerLoop::seal() {
  for (const Ticket ticket : pending_.tickets()) {
    effects_.reply.push_back(
        {.ticket = ticket,
         .outcome = Outcome::unknown,
         .trouble = Trouble::not_ready,
         .detail = "this node was stopped: a write may be there, or come yet"});
  }
  phase_ = Phase::sealing;
  std::promise<void> sealed;
  sealed_ = sealed.get_future();
  node_->seal(std::move(sealed));
  act();
}

void ServerLoop::set_stage(Stage stage) {
  {
    const std::scoped_lock lock(stage_mutex_);
    stage_ = stage;
  }
  stage_changed_.notify_all();
}

bool ServerLoop::wait_for(Stage stage, std::chrono::milliseconds timeout) const {
  std::unique_lock lock(stage_mutex_);
  return stage_changed_.wait_for(lock, timeout, [&] { return stage_ == stage; });
}

}  // namespace kv
