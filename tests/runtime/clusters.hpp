// What the tests of a cluster need: a directory, quick nodes, and plain words for answers.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "tests/server/patience.hpp"
#include "tests/storage/temporary_directory.hpp"
#include "v4_replicated_kv/runtime/cluster.hpp"

namespace kv::test {

inline ClusterOptions quick_options() {
  ClusterOptions options;
  options.partitions = 16;
  options.segment_bytes = std::uint64_t{256} << 10;
  options.timeout = std::chrono::seconds(20);
  options.again_every = std::chrono::milliseconds(50);
  options.seed = 0;
  return options;
}

inline std::unique_ptr<Cluster> open_in(const std::string& directory,
                                        const ClusterOptions& options = quick_options()) {
  auto cluster = Cluster::open(directory, options);
  if (!cluster) FAIL(cluster.error().detail);
  return *std::move(cluster);
}

inline std::unique_ptr<Cluster> open_with(Cluster::OpenDisk open_disk,
                                          const ClusterOptions& options) {
  auto cluster = Cluster::open(std::move(open_disk), options);
  if (!cluster) FAIL(cluster.error().detail);
  return *std::move(cluster);
}

inline void wait_until_whole(Cluster& cluster, const std::string& node) {
  CAPTURE(node);
  REQUIRE(cluster.wait_for(node, Stage::whole, kPatience));
}

inline void start_and_wait(Cluster& cluster, const std::string& node) {
  REQUIRE(cluster.start(node).has_value());
  wait_until_whole(cluster, node);
}

inline PutOptions level(Level level) {
  PutOptions how;
  how.consistency.level = level;
  return how;
}

inline GetOptions read_level(Level level) {
  GetOptions how;
  how.consistency.level = level;
  return how;
}

// The value, or "-" where there is none; several with a bar between them; or what went
// wrong.
inline std::string text_of(const ReadAnswer& answer) {
  if (!answer.ok()) return "not read: " + answer.detail;
  if (answer.values.empty()) return "-";
  std::string text;
  for (const std::string& value : answer.values) {
    if (!text.empty()) text += '|';
    text += value;
  }
  return text;
}

}  // namespace kv::test
