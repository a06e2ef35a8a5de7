#include "v3_virtual_nodes/bank/rush_hour.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "common/base/check.hpp"

namespace kv::bank {

namespace {

using Clock = std::chrono::steady_clock;

double in_ms(Clock::duration time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

// One thread's share, on a cache line of its own. `done` is read while the thread works;
// the rest only after it was joined.
struct alignas(64) Worker {
  std::atomic<std::uint64_t> done = 0;
  Clock::duration longest{};
  Clock::time_point end;
  std::optional<Error> error;
};

Result<void> perform(Bank& bank, std::span<const Record> customers,
                     const Operation& operation) {
  const std::string_view who = customers[operation.who].number;
  if (operation.kind == Kind::deposit) {
    return bank.deposit({who, operation.to}, operation.amount);
  }
  if (operation.kind == Kind::transfer) {
    return bank.transfer({who, operation.from},
                         {customers[operation.whom].number, operation.to},
                         operation.amount);
  }
  const auto found = bank.find(who);
  if (!found) return std::unexpected(found.error());
  KV_CHECK(found->number == who, "a read answers with the record that was asked for");
  return {};
}

void work(Bank& bank, std::span<const Record> customers,
          const std::vector<Operation>& operations, Worker& worker) {
  auto before = Clock::now();
  for (const Operation& operation : operations) {
    if (const auto done = perform(bank, customers, operation); !done) {
      worker.error = done.error();
      break;
    }
    const auto now = Clock::now();
    worker.longest = std::max(worker.longest, now - before);
    before = now;
    worker.done.fetch_add(1, std::memory_order_relaxed);
  }
  worker.end = before;
}

void take_audit(Bank& bank) {
  const auto audit = bank.audit();
  KV_CHECK(audit.has_value(), "an audit of amounts that can be counted");
  KV_CHECK(audit->balances(), "an audit during the work is right to the cent");
}

std::uint64_t done_by(const std::vector<Worker>& workers) {
  std::uint64_t done = 0;
  for (const Worker& worker : workers) {
    done += worker.done.load(std::memory_order_relaxed);
  }
  return done;
}

}  // namespace

void Timing::add(const Timing& other) {
  change_ms += other.change_ms;
  sweep_ms += other.sweep_ms;
  window_ms += other.window_ms;
  in_window += other.in_window;
  longest_ms = std::max(longest_ms, other.longest_ms);
  touched += other.touched;
}

Result<Timing> rush_hour(Bank& bank, std::span<const Record> customers,
                         const StepPlan& plan, bool lazily,
                         const std::function<Result<void>()>& change) {
  std::vector<Worker> workers(plan.threads.size());
  const auto parties = static_cast<std::ptrdiff_t>(workers.size() + 2);
  std::latch start(parties);
  std::ptrdiff_t missing = parties;
  Result<void> changed;
  Clock::time_point begin, end;
  std::uint64_t done_in_change = 0;
  std::atomic<bool> called_off = false;
  {
    std::vector<std::jthread> crew;  // each joins when this block ends
    const auto hire = [&](auto task) {
      crew.emplace_back([&start, &called_off, task] {
        start.arrive_and_wait();
        if (!called_off) task();
      });
      --missing;
    };
    const auto call_off = [&] {  // those that wait already go home without work
      called_off = true;
      start.count_down(missing);
    };
    try {
      for (std::size_t i = 0; i < workers.size(); ++i) {
        hire([&, i] { work(bank, customers, plan.threads[i], workers[i]); });
      }
      hire([&] { take_audit(bank); });
    } catch (const std::system_error& refused) {
      call_off();
      throw std::system_error(
          refused.code(),
          fmt::format("{} threads cannot be started here; take fewer --threads",
                      workers.size()));
    } catch (...) {
      call_off();
      throw;
    }
    start.arrive_and_wait();
    begin = Clock::now();
    changed = change();
    end = Clock::now();
    done_in_change = done_by(workers);
  }
  if (!changed) return std::unexpected(changed.error());
  Timing timing{.change_ms = in_ms(end - begin)};
  Clock::time_point last = begin;
  for (const Worker& worker : workers) {
    if (worker.error) return std::unexpected(*worker.error);
    timing.longest_ms = std::max(timing.longest_ms, in_ms(worker.longest));
    last = std::max(last, worker.end);
  }
  timing.window_ms = in_ms((lazily ? last : std::min(last, end)) - begin);
  timing.in_window = lazily ? done_by(workers) : done_in_change;
  return timing;
}

double sweep_ms(Bank& bank) {
  const auto begin = Clock::now();
  bank.finish_moves();
  return in_ms(Clock::now() - begin);
}

}  // namespace kv::bank
