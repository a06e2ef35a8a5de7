#include "v4_replicated_kv/bench/measure.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include "common/hash/finalise.hpp"
#include "v4_replicated_kv/bench/worker.hpp"

namespace kv::bench {

namespace {

using Workers = std::vector<std::unique_ptr<Worker>>;

// As many sockets as the system lets us have.
void allow_many_sockets() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);
}

Result<Workers> make_workers(const BenchWords& words, const WorkerMaker& make) {
  Workers workers;
  std::size_t first = 0;
  for (std::size_t t = 0; t < words.threads; ++t) {
    const std::size_t last = words.connections * (t + 1) / words.threads;
    auto worker = make(words, first, last - first);
    if (!worker) return std::unexpected(worker.error());
    workers.push_back(*std::move(worker));
    first = last;
  }
  return workers;
}

// A line a second until it goes.
class Progress {
 public:
  Progress(std::string_view doing, const std::deque<Live>& lives)
      : thread_([this, doing, &lives](const std::stop_token& stop) {
          run(doing, lives, stop);
        }) {}

 private:
  void run(std::string_view doing, const std::deque<Live>& lives,
           const std::stop_token& stop) {
    std::uint64_t done_before = 0;
    std::mutex mutex;
    std::unique_lock lock(mutex);
    for (int second = 1;; ++second) {
      if (changed_.wait_for(lock, stop, std::chrono::seconds(1), [] { return false; }) ||
          stop.stop_requested()) {
        return;
      }
      std::uint64_t done = 0;
      std::uint64_t failed = 0;
      for (const Live& live : lives) {
        done += live.done.load(std::memory_order_relaxed);
        failed += live.failed.load(std::memory_order_relaxed);
      }
      fmt::print(stderr, "{} {:>4} s {:>10} done {:>9} a second {:>8} failed\n", doing,
                 second, done, done - done_before, failed);
      done_before = done;
    }
  }

  std::condition_variable_any changed_;
  std::jthread thread_;
};

// Every worker with its player, all at once; what came of it together.
Tally play_all(Workers& workers, std::vector<Player>& players,
               const std::deque<Live>& lives, std::string_view doing, bool tells) {
  {
    std::optional<Progress> progress;
    if (tells) progress.emplace(doing, lives);
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < workers.size(); ++t) {
      threads.emplace_back([&, t] { workers[t]->play(players[t]); });
    }
    threads.clear();
  }
  Tally tally;
  for (const Player& player : players) tally.add(player.tally());
  return tally;
}

ValueMaker values_of(const BenchWords& words, std::size_t thread, std::uint64_t phase) {
  return {words.value_bytes, finalise(words.seed * 1024 + thread * 2 + phase)};
}

void load(const BenchWords& words, Workers& workers, Measured& measured) {
  std::deque<Live> lives(words.threads);
  std::vector<Player> players;
  for (std::size_t t = 0; t < words.threads; ++t) {
    players.push_back(
        Player::loading(words.keys, t, words.threads, values_of(words, t, 0), lives[t]));
  }
  const Ns begin = ns_now();
  measured.load = play_all(workers, players, lives, "load", words.progress);
  measured.load_seconds =
      static_cast<double>(ns_now() - begin) / static_cast<double>(kSecond);
}

void run(const BenchWords& words, Workers& workers, Measured& measured) {
  Times times{.begin = ns_now()};
  times.from = times.begin + static_cast<Ns>(words.warmup) * kSecond;
  times.end = times.from + static_cast<Ns>(words.seconds * static_cast<double>(kSecond));
  std::deque<Live> lives(words.threads);
  std::vector<Player> players;
  for (std::size_t t = 0; t < words.threads; ++t) {
    Rng chance(finalise(words.seed * 1024 + t) + 1);
    const Rng arrivals(chance.next());
    std::optional<Schedule> schedule;
    if (words.rate) {
      schedule.emplace(words.arrivals, static_cast<double>(*words.rate), t, words.threads,
                       times.begin, arrivals);
    }
    players.emplace_back(OperationSource(words.workload, words.distribution, words.keys,
                                         t, words.threads, chance),
                         schedule, times, values_of(words, t, 1), lives[t]);
  }
  measured.tally = play_all(workers, players, lives, words.workload.name, words.progress);
  const bool is_early = !measured.tally.ended_early.empty();
  const Ns ended = is_early ? std::clamp(ns_now(), times.from, times.end) : times.end;
  measured.seconds =
      static_cast<double>(ended - times.from) / static_cast<double>(kSecond);
}

}  // namespace

Result<Measured> measure(const BenchWords& words) {
  return measure(
      words, words.protocol == Protocol::grpc ? &make_grpc_worker : &make_socket_worker);
}

Result<Measured> measure(const BenchWords& words, const WorkerMaker& make) {
  allow_many_sockets();
  auto workers = make_workers(words, make);
  if (!workers) return std::unexpected(workers.error());
  Measured measured;
  if (words.load) load(words, *workers, measured);
  const bool is_loaded = measured.load.failed() == 0 && measured.load.ended_early.empty();
  if (words.seconds > 0 && is_loaded) run(words, *workers, measured);
  return measured;
}

}  // namespace kv::bench
