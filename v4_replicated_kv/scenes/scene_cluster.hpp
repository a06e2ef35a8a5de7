// The cluster that a scene is played with.
//
// Idea      a scene tells a story: kill this, put that, look there. What goes wrong with
//           the telling (a directory that cannot be written, a node that does not come
//           back) is kept until the end, and then it is an error; what goes wrong in the
//           story is measured.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/experiment/scenes.hpp"
#include "v4_replicated_kv/runtime/cluster.hpp"

namespace kv {

// Where scenes are played, and how long one may hang.
struct Theatre {
  using Open = std::function<Result<std::unique_ptr<Cluster>>(
      const std::string& directory, const ClusterOptions& options)>;

  std::string directory;
  std::uint64_t seed = 1;  // not 0: that is chance
  std::chrono::milliseconds patience{60'000};
  Open open = [](const std::string& at, const ClusterOptions& options) {
    return Cluster::open(at, options);
  };
};

// Nodes n1, n2, ..., with files small enough for any temporary directory.
[[nodiscard]] ClusterOptions scene_options(const Theatre& theatre, std::size_t nodes);

class SceneCluster {
 public:
  // In a directory of its own, called as the scene.
  [[nodiscard]] static Result<SceneCluster> open(const Theatre& theatre,
                                                 const std::string& scene,
                                                 const ClusterOptions& options);

  Cluster* operator->() { return cluster_.get(); }
  Cluster& operator*() { return *cluster_; }
  [[nodiscard]] std::string directory_of(std::string_view node) const;
  [[nodiscard]] std::chrono::milliseconds patience() const { return patience_; }

  // Keeps the first failure.
  void must(const Result<void>& done);
  void kill(std::string_view node) { must(cluster_->kill(node)); }
  // Starts all of these and waits until they are whole.
  void start(std::initializer_list<std::string> nodes);
  // No cable goes to the node any more; or all do again.
  void isolate(std::string_view node, bool is_cut);

  // Puts key-0 to key-(count - 1); how many were acknowledged.
  [[nodiscard]] std::size_t put_each(std::size_t count, const std::string& value,
                                     const PutOptions& how = {});
  // Of these keys, how many a read finds with the value.
  [[nodiscard]] std::size_t found(std::size_t count, const std::string& value,
                                  const GetOptions& how = {});
  // The same for what one node has by itself, with nobody to ask.
  [[nodiscard]] std::size_t found_alone_on(const std::string& node, std::size_t count,
                                           const std::string& value);

  // The report, or why the story could not be told.
  [[nodiscard]] Result<SceneReport> finish(SceneReport report);

 private:
  SceneCluster(std::string directory, std::chrono::milliseconds patience,
               std::unique_ptr<Cluster> cluster, std::vector<std::string> nodes);

  std::string directory_;
  std::chrono::milliseconds patience_;
  std::unique_ptr<Cluster> cluster_;
  std::vector<std::string> nodes_;
  std::optional<Error> failure_;
};

[[nodiscard]] std::string scene_key(std::size_t number);
[[nodiscard]] PutOptions put_at(Level level, const std::string& via = {});
[[nodiscard]] GetOptions get_at(Level level, const std::string& via = {});

// Claims: a number that is known, one within a band, a word.
[[nodiscard]] Claim exactly(std::string name, std::string label, std::size_t predicted,
                            std::size_t measured);
[[nodiscard]] Claim within(std::string name, std::string label, Band band,
                           double measured);
[[nodiscard]] Claim in_words(std::string name, std::string label, std::string predicted,
                             std::string measured);

}  // namespace kv
