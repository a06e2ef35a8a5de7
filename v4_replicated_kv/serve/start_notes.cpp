#include "v4_replicated_kv/serve/start_notes.hpp"

#include <cstddef>
#include <string>

#include "v4_replicated_kv/serve/descriptor_limit.hpp"
#include "v4_replicated_kv/serve/node_disk.hpp"

namespace kv {

void tell_of_descriptors(const LimitSettings& limits, const EventLog& log) {
  const std::size_t wanted = descriptors_for(limits.connections_max);
  const std::size_t allowed = allow_descriptors(wanted);
  if (allowed >= wanted) return;
  log.warn(
      "fewer files and sockets than limits.connections_max may take; raise the hard "
      "limit (ulimit -Hn), or lower that",
      {{"descriptors", allowed}, {"wanted", wanted}});
}

// Such a node was started once without its seeds, as a rule; and nobody would notice.
void tell_of_seeds(const Settings& settings, const RingState& ring, const EventLog& log) {
  if (ring.members.size() > 1) return;
  const std::string others = other_seeds(settings);
  if (others.empty()) return;
  log.warn(
      "is in a cluster by itself, though its seeds name others: to found one with them, "
      "start it with an empty directory; to keep this one, add them (POST /AddServer)",
      {{"seeds", others}, {"data_dir", data_dir_of(settings)}});
}

void tell_of_copies(const ClusterSettings& settings, const RingState& ring,
                    const EventLog& log) {
  const std::size_t copies = ring.table.copies();
  if (copies >= settings.n) return;
  log.info("keeps fewer copies of a key than cluster.n: one on each node that there is",
           {{"cluster_n", settings.n}, {"copies", copies}});
}

}  // namespace kv
