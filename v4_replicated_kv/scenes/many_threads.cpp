// Scene: many clients at once, while nodes die, hang and lose their cables.
#include <array>
#include <chrono>
#include <string>

#include <fmt/format.h>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/scenes/scenes.hpp"
#include "v4_replicated_kv/scenes/traffic.hpp"

namespace kv {

namespace {

using Clock = std::chrono::steady_clock;

const std::array<std::string, 3> kNodes{"n1", "n2", "n3"};

// What happens to a node, and what ends it.
struct Mishap {
  void (*begin)(SceneCluster& cluster, const std::string& node, const std::string& other);
  void (*end)(SceneCluster& cluster, const std::string& node, const std::string& other);
};

constexpr std::array kMishaps{
    Mishap{.begin = [](SceneCluster& cluster, const std::string& node,
                       const std::string& /*other*/) { cluster.kill(node); },
           .end = [](SceneCluster& cluster, const std::string& node,
                     const std::string& /*other*/) { cluster.start({node}); }},
    Mishap{
        .begin = [](SceneCluster& cluster, const std::string& node,
                    const std::string& /*other*/) { cluster.must(cluster->pause(node)); },
        .end = [](SceneCluster& cluster, const std::string& node,
                  const std::string& /*other*/) { cluster.must(cluster->resume(node)); }},
    Mishap{
        .begin =
            [](SceneCluster& cluster, const std::string& node, const std::string& other) {
              cluster.must(cluster->cut(node, other));
            },
        .end =
            [](SceneCluster& cluster, const std::string& node, const std::string& other) {
              cluster.must(cluster->mend(node, other));
            }},
};

// One mishap after the other, and a stretch without any behind each. They come when so
// many writes more are acknowledged, however long these take.
void break_things(SceneCluster& cluster, Traffic& traffic, std::size_t rounds,
                  std::uint64_t writes, Rng& rng) {
  const auto give_up = Clock::now() + cluster.patience();
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::size_t victim = rng.below(kNodes.size());
    const std::string& node = kNodes.at(victim);
    const std::string& other = kNodes.at((victim + 1) % kNodes.size());
    const Mishap& mishap = kMishaps.at(round % kMishaps.size());
    mishap.begin(cluster, node, other);
    const bool goes_on =
        traffic.wait_for((2 * round + 1) * writes / (2 * rounds), give_up);
    mishap.end(cluster, node, other);
    if (goes_on && traffic.wait_for((round + 1) * writes / rounds, give_up)) continue;
    return cluster.must(fail(Errc::io, fmt::format("no {} writes within {} ms", writes,
                                                   cluster.patience().count())));
  }
}

}  // namespace

Result<SceneReport> many_threads(const Theatre& theatre) {
  constexpr std::size_t kRounds = 6;
  ClusterOptions options = scene_options(theatre, kNodes.size());
  options.loops = 2;
  auto cluster = SceneCluster::open(theatre, "many_threads", options);
  if (!cluster) return std::unexpected(cluster.error());

  const TrafficPlan plan{.nodes = {kNodes.begin(), kNodes.end()}};
  const std::uint64_t writes = plan.writers * plan.writes_each;
  Rng rng(theatre.seed);
  const auto begin = Clock::now();
  Traffic traffic(**cluster, plan);
  break_things(*cluster, traffic, kRounds, writes, rng);
  traffic.end();
  const std::chrono::duration<double> took = Clock::now() - begin;
  const std::uint64_t lost = traffic.count_lost();
  const TrafficCount count = traffic.count();

  const auto operations = static_cast<double>(count.acknowledged + count.reads);
  const double each_ns = took.count() * 1e9 / operations;
  return cluster->finish(
      {.name = "many_threads",
       .question = fmt::format(
           "{} threads write and {} read {} keys on three nodes. Meanwhile a node is "
           "killed and started, another hangs and goes on, a cable is cut and mended, "
           "twice each. {} writes are acknowledged in the end. Of how many keys is the "
           "last acknowledged value gone? How many reads see a value older than one "
           "that was acknowledged before they began?",
           plan.writers, plan.readers, plan.writers * plan.keys_each, writes),
       .claims = {exactly("acknowledged", "writes acknowledged", writes,
                          count.acknowledged),
                  exactly("lost", "keys whose acknowledged value is gone", 0, lost),
                  exactly("outdated", "reads older than what was acknowledged", 0,
                          count.outdated),
                  within("time_per_operation_ns", "a write or read, all threads (ns)", {},
                         each_ns)},
       .meaning = "Every write counts up, so a reader knows what it must not miss. "
                  "Writes that were told `unknown` may come up later or never, as they "
                  "were told, and count as neither.",
       .notes = {fmt::format("many_threads: {:.0f} operations a second; {} reads, {} "
                             "writes refused, {} unknown",
                             operations / took.count(), count.reads, count.refused,
                             count.unknown)}});
}

}  // namespace kv
