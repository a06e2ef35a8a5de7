// Scene: who owns a key, who has acknowledged it, who can be asked for it.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "v4_replicated_kv/scenes/scenes.hpp"

namespace kv {

namespace {

const std::string kKey = "cart";

bool owns(const std::vector<std::string>& owners, const std::string& node) {
  return std::ranges::find(owners, node) != owners.end();
}

}  // namespace

Result<SceneReport> put_and_get(const Theatre& theatre) {
  const ClusterOptions options = scene_options(theatre, 5);
  auto cluster = SceneCluster::open(theatre, "put_and_get", options);
  if (!cluster) return std::unexpected(cluster.error());
  Cluster& store = **cluster;

  const auto owners = store.owners(kKey);
  std::string stranger;  // a node that has no copy
  for (const Newcomer& node : options.nodes) {
    if (!owns(owners, node.name)) stranger = node.name;
  }
  PutOptions how;
  how.via = stranger;
  const auto of_two = store.put(kKey, "apples", how);
  const auto of_all = store.put(kKey, "apples, bread", put_at(Level::all, stranger));
  std::size_t on_owners = 0;
  std::size_t elsewhere = 0;
  for (const NodeStats& node : store.stats()) {
    (owns(owners, node.name) ? on_owners : elsewhere) += node.keys;
  }
  std::size_t read = 0;
  for (const Newcomer& node : options.nodes) {
    const auto answer = store.get(kKey, {.via = node.name});
    if (answer.ok() && answer.values == std::vector<std::string>{"apples, bread"}) ++read;
  }
  return cluster->finish(
      {.name = "put_and_get",
       .question = "Five nodes keep three copies of each key (N=3). A client asks a node "
                   "that owns no copy of `cart` to put it. How many nodes hold it then, "
                   "how many have said so when the client is told, and which nodes can "
                   "a client ask for it?",
       .claims = {exactly("owners", "owners of the key", 3, owners.size()),
                  exactly("acknowledged_w2", "have acknowledged when W=2 is answered", 2,
                          of_two.answers),
                  exactly("acknowledged_w3", "the same with W=3", 3, of_all.answers),
                  exactly("copies_on_owners", "owners that hold the key", 3, on_owners),
                  exactly("copies_elsewhere", "other nodes that hold it", 0, elsewhere),
                  exactly("nodes_that_answer", "nodes that a read (R=2) can ask", 5,
                          read)},
       .meaning =
           fmt::format("The key lies on {}. {} coordinated the puts and kept "
                       "nothing: any node can be asked, and three have to remember.",
                       fmt::join(owners, ", "), stranger)});
}

}  // namespace kv
