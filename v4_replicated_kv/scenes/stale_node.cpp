// Scene: a node comes back with old values, and reads repair it.
#include <string>

#include "v4_replicated_kv/scenes/scenes.hpp"

namespace kv {

Result<SceneReport> stale_node(const Theatre& theatre) {
  constexpr std::size_t kKeys = 20;
  auto cluster = SceneCluster::open(theatre, "stale_node", scene_options(theatre, 3));
  if (!cluster) return std::unexpected(cluster.error());

  const std::size_t old = cluster->put_each(kKeys, "old", put_at(Level::all));
  cluster->kill("n3");
  const std::size_t fresh = cluster->put_each(kKeys, "new");
  cluster->start({"n3"});
  const std::size_t stale = cluster->found_alone_on("n3", kKeys, "old");
  GetOptions through_it;
  through_it.via = "n3";
  const std::size_t read = cluster->found(kKeys, "new", through_it);
  const std::size_t stale_after = cluster->found_alone_on("n3", kKeys, "old");
  const std::size_t new_after = cluster->found_alone_on("n3", kKeys, "new");
  return cluster->finish(
      {.name = "stale_node",
       .question = "20 keys lie on three nodes. While n3 is dead all 20 get new values; "
                   "then it is back. How many of them are old on n3 itself (a read with "
                   "consistency `one`, its cables cut)? How many are old for a read with "
                   "R=2 that n3 coordinates? And on n3 itself after these reads?",
       .claims = {exactly("acknowledged_old", "old values on all three (W=3)", kKeys,
                          old),
                  exactly("acknowledged_new", "new values while n3 is dead (W=2)", kKeys,
                          fresh),
                  exactly("stale_before", "old on n3 itself", kKeys, stale),
                  exactly("read_new", "new for a read of two through n3", kKeys, read),
                  exactly("stale_after", "old on n3 itself, after that", 0, stale_after),
                  exactly("new_after", "new on n3 itself, after that", kKeys, new_after)},
       .meaning = "A node that was away does not know what it missed. A read of two "
                  "meets somebody who does, takes the newer version, and sends it to "
                  "whoever had the older: reading repairs. With `one` nobody is asked, "
                  "and what is read may be old."});
}

}  // namespace kv
