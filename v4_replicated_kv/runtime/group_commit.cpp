#include "v4_replicated_kv/runtime/group_commit.hpp"

#include <chrono>

namespace kv {

namespace {

// What may wait for a disk that is slower than its writers.
constexpr std::size_t kBacklogBytesMax = std::size_t{8} << 20;

}  // namespace

Result<void> GroupCommit::outcome() const {
  if (engine_.failure()) return fail(Errc::stopped, engine_.failure()->detail);
  return {};
}

Result<void> GroupCommit::durable(Lock& lock, std::uint64_t seq) {
  while (engine_.log().durable_seq() < seq && !engine_.failure()) {
    if (leading_) {
      wait(lock, seq);
    } else {
      lead(lock, true);
    }
  }
  // Whoever was woken to lead and finds that another thread told a failure leads nobody: the
  // others hear of it here.
  if (engine_.failure()) wake_those_who_are_done();
  return outcome();
}

Result<void> GroupCommit::pass_on(Lock& lock) {
  if (!leading_) {
    lead(lock, false);
  } else if (engine_.log().waiting_bytes() > kBacklogBytesMax) {
    wait(lock, 0);
  }
  return outcome();
}

void GroupCommit::wait(Lock& lock, std::uint64_t seq) {
  Waiter self{.seq = seq, .wake = {}};
  waiters_.push_back(&self);
  self.wake.wait(lock, [&] { return self.woken; });
}

void GroupCommit::lead(Lock& lock, bool sync) {
  leading_ = true;
  write_up_to(lock, engine_.log().next_seq() - 1);
  if (sync && !engine_.failure()) sync_written(lock);
  // What came meanwhile, and nobody waits for, has no other leader.
  while (waiters_.empty() && engine_.log().waiting_bytes() > 0 && !engine_.failure()) {
    write_up_to(lock, engine_.log().next_seq() - 1);
  }
  leading_ = false;
  wake_those_who_are_done();
}

void GroupCommit::write_up_to(Lock& lock, std::uint64_t seq) {
  while (!engine_.failure()) {
    const auto group = engine_.log().written_seq() < seq || engine_.log().has_queued()
                           ? engine_.take()
                           : nullptr;
    if (group == nullptr) return;
    lock.unlock();
    const auto written = writer_.write(*group);
    lock.lock();
    if (!written) return engine_.failed(written.error());
    if (group->begins != nullptr) engine_.began(group->segment, writer_.file());
    engine_.written(*group);
  }
}

void GroupCommit::sync_written(Lock& lock) {
  using Clock = std::chrono::steady_clock;
  const std::uint64_t seq = engine_.log().written_seq();
  lock.unlock();
  const auto begin = Clock::now();
  const auto synced = writer_.sync();
  const std::chrono::nanoseconds took = Clock::now() - begin;
  lock.lock();
  if (!synced) return engine_.failed(synced.error());
  sync_times_.add(static_cast<std::uint64_t>(took.count()));
  engine_.durable(seq);
}

// And, where some are not, the first of them: it leads next.
void GroupCommit::wake_those_who_are_done() {
  while (!waiters_.empty()) {
    Waiter& first = *waiters_.front();
    const bool done = first.seq <= engine_.log().durable_seq() || engine_.failure();
    waiters_.pop_front();
    first.woken = true;
    first.wake.notify_one();
    if (!done) return;
  }
}

}  // namespace kv
