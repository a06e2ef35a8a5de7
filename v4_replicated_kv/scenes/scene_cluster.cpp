#include "v4_replicated_kv/scenes/scene_cluster.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace kv {

ClusterOptions scene_options(const Theatre& theatre, std::size_t nodes) {
  ClusterOptions options;
  options.nodes.clear();
  for (std::size_t i = 1; i <= nodes; ++i) {
    options.nodes.push_back({.name = fmt::format("n{}", i)});
  }
  options.partitions = 16;
  options.timeout = theatre.patience;
  options.again_every = std::chrono::milliseconds(50);
  options.repair_one_in = 0;  // a scene that wants repairs reads all copies
  options.cache_bytes = std::size_t{4} << 20;
  options.index_bytes_max = std::size_t{16} << 20;
  options.segment_bytes = std::uint64_t{64} << 10;
  options.compression.on = false;  // a value can be found in its file
  options.compact_above = 1;
  options.seed = theatre.seed;
  return options;
}

SceneCluster::SceneCluster(std::string directory, std::chrono::milliseconds patience,
                           std::unique_ptr<Cluster> cluster,
                           std::vector<std::string> nodes)
    : directory_(std::move(directory)),
      patience_(patience),
      cluster_(std::move(cluster)),
      nodes_(std::move(nodes)) {}

Result<SceneCluster> SceneCluster::open(const Theatre& theatre, const std::string& scene,
                                        const ClusterOptions& options) {
  const std::string directory = theatre.directory + "/" + scene;
  auto cluster = theatre.open(directory, options);
  if (!cluster) return std::unexpected(cluster.error());
  std::vector<std::string> nodes;
  for (const Newcomer& node : options.nodes) nodes.push_back(node.name);
  return SceneCluster(directory, theatre.patience, *std::move(cluster), std::move(nodes));
}

std::string SceneCluster::directory_of(std::string_view node) const {
  return fmt::format("{}/{}", directory_, node);
}

void SceneCluster::must(const Result<void>& done) {
  if (!done && !failure_) failure_ = done.error();
}

void SceneCluster::start(std::initializer_list<std::string> nodes) {
  for (const std::string& node : nodes) must(cluster_->start(node));
  for (const std::string& node : nodes) {
    if (failure_ || cluster_->wait_for(node, Stage::whole, patience_)) continue;
    failure_ = {Errc::io, fmt::format("node {} did not come back within {} ms", node,
                                      patience_.count())};
  }
}

void SceneCluster::isolate(std::string_view node, bool is_cut) {
  for (const std::string& other : nodes_) {
    if (other == node) continue;
    must(is_cut ? cluster_->cut(node, other) : cluster_->mend(node, other));
  }
}

std::size_t SceneCluster::put_each(std::size_t count, const std::string& value,
                                   const PutOptions& how) {
  std::size_t acknowledged = 0;
  for (std::size_t i = 0; i < count && !failure_; ++i) {
    if (cluster_->put(scene_key(i), value, how).ok()) ++acknowledged;
  }
  return acknowledged;
}

std::size_t SceneCluster::found(std::size_t count, const std::string& value,
                                const GetOptions& how) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < count && !failure_; ++i) {
    const auto answer = cluster_->get(scene_key(i), how);
    if (answer.ok() && answer.values == std::vector{value}) ++seen;
  }
  return seen;
}

std::size_t SceneCluster::found_alone_on(const std::string& node, std::size_t count,
                                         const std::string& value) {
  isolate(node, true);
  const std::size_t seen = found(count, value, get_at(Level::one, node));
  isolate(node, false);
  return seen;
}

Result<SceneReport> SceneCluster::finish(SceneReport report) {
  // What explains the rest comes first.
  for (const NodeStats& node : cluster_->stats()) {
    if (node.disk_full) {
      return fail(Errc::disk_full,
                  fmt::format("scene {}: the disk of {} is full; set TMPDIR to another "
                              "directory, or leave the scenes out with --scenes none",
                              report.name, directory_));
    }
    if (node.stage == Stage::failed) {
      return fail(Errc::io, fmt::format("scene {}: node {} failed: {}", report.name,
                                        node.name, node.failure));
    }
  }
  if (!failure_) return report;
  return fail(failure_->code, fmt::format("scene {}: {}", report.name, failure_->detail));
}

std::string scene_key(std::size_t number) {
  return fmt::format("key-{}", number);
}

PutOptions put_at(Level level, const std::string& via) {
  PutOptions how;
  how.consistency.level = level;
  how.via = via;
  return how;
}

GetOptions get_at(Level level, const std::string& via) {
  GetOptions how;
  how.consistency.level = level;
  how.via = via;
  return how;
}

Claim exactly(std::string name, std::string label, std::size_t predicted,
              std::size_t measured) {
  const auto number = static_cast<double>(predicted);
  return within(std::move(name), std::move(label), {.low = number, .high = number},
                static_cast<double>(measured));
}

Claim within(std::string name, std::string label, Band band, double measured) {
  return {.name = std::move(name),
          .label = std::move(label),
          .predicted = band,
          .measured = measured};
}

Claim in_words(std::string name, std::string label, std::string predicted,
               std::string measured) {
  return {.name = std::move(name),
          .label = std::move(label),
          .predicted = std::move(predicted),
          .measured = std::move(measured)};
}

}  // namespace kv
