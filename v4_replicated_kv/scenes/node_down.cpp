// Scene: one of three is dead, and nobody notices.
#include <string>

#include "v4_replicated_kv/scenes/scenes.hpp"

namespace kv {

Result<SceneReport> node_down(const Theatre& theatre) {
  constexpr std::size_t kOld = 30;
  constexpr std::size_t kAll = 60;
  auto cluster = SceneCluster::open(theatre, "node_down", scene_options(theatre, 3));
  if (!cluster) return std::unexpected(cluster.error());

  const std::size_t before = cluster->put_each(kOld, "before");
  cluster->kill("n2");
  const std::size_t read = cluster->found(kOld, "before");
  const std::size_t during = cluster->put_each(kAll, "during");
  const std::size_t again = cluster->found(kAll, "during");
  return cluster->finish(
      {.name = "node_down",
       .question = "30 keys are put on three nodes (N=3, R=W=2), and n2 is killed. How "
                   "many of the 30 can still be read? Then 60 keys are put, these 30 "
                   "among them. How many puts are acknowledged, and how many keys have "
                   "the new value?",
       .claims = {exactly("acknowledged_before", "puts acknowledged while all are up",
                          kOld, before),
                  exactly("read_before", "of these, read with n2 down", kOld, read),
                  exactly("acknowledged_during", "puts acknowledged with n2 down", kAll,
                          during),
                  exactly("read_during", "keys read with the new value", kAll, again)},
       .meaning = "Two of three are enough for either, and any two share a node with any "
                  "other two (R+W > N): a read meets the newest acknowledged value. "
                  "Nobody had to decide that n2 is dead."});
}

}  // namespace kv
