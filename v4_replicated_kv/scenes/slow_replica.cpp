// Scene: a write waits for W copies, and not for the slowest.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include <fmt/format.h>

#include "v4_replicated_kv/scenes/scenes.hpp"
#include "v4_replicated_kv/scenes/timed_put.hpp"

namespace kv {

namespace {

// On a disk that takes long itself, longer than this: slow is what is slow beside the
// others.
constexpr std::chrono::milliseconds kDelayMin{400};

std::chrono::milliseconds delay_beside(double healthy_ms) {
  constexpr double kTimes = 4;
  const auto longer =
      std::chrono::milliseconds(static_cast<std::int64_t>(kTimes * healthy_ms));
  return std::max(kDelayMin, longer);
}

struct QuickestPut {
  std::size_t answers = 0;
  double ms = std::numeric_limits<double>::infinity();
};

// The quickest of a few: what else the machine does makes some slower, and none quicker.
QuickestPut quickest_put(Cluster& store, const PutOptions& how) {
  constexpr std::size_t kTries = 5;
  QuickestPut best;
  for (std::size_t i = 0; i < kTries; ++i) {
    const TimedPut put = timed_put(store, scene_key(i), "value", how);
    best = {.answers = std::max(best.answers, put.answer.answers),
            .ms = std::min(best.ms, put.ms)};
  }
  return best;
}

}  // namespace

Result<SceneReport> slow_replica(const Theatre& theatre) {
  auto cluster = SceneCluster::open(theatre, "slow_replica", scene_options(theatre, 3));
  if (!cluster) return std::unexpected(cluster.error());
  Cluster& store = **cluster;

  PutOptions two;
  two.via = "n1";
  const QuickestPut healthy = quickest_put(store, put_at(Level::all, "n1"));
  const auto delay = delay_beside(healthy.ms);
  cluster->must(store.slow_down("n3", delay));
  const QuickestPut early = quickest_put(store, two);
  const TimedPut late = timed_put(store, scene_key(0), "value", put_at(Level::all, "n1"));
  const auto delay_ms = static_cast<double>(delay.count());
  return cluster->finish(
      {.name = "slow_replica",
       .question = fmt::format("Three nodes hold a copy each. n3 is slow: whatever it "
                               "says arrives {} ms late. How long does a put take with "
                               "W=2, and how long with W=3?",
                               delay.count()),
       .claims = {within("healthy_w3_ms", "W=3 while all are well (ms)", {}, healthy.ms),
                  exactly("acknowledged_w2", "have acknowledged when W=2 is answered", 2,
                          early.answers),
                  within("put_w2_ms", "W=2 beside the slow one (ms)", {.high = delay_ms},
                         early.ms),
                  exactly("acknowledged_w3", "have acknowledged when W=3 is answered", 3,
                          late.answer.answers),
                  within("put_w3_ms", "W=3 beside the slow one (ms)", {.low = delay_ms},
                         late.ms)},
       .meaning = "A put is as slow as the W-th quickest of its owners. All N are sent "
                  "the write at once; with W=N the slowest node sets the pace for "
                  "everybody, with W=2 it sets it for nobody."});
}

}  // namespace kv
