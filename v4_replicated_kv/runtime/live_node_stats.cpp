// What a live node says of itself.
#include <mutex>
#include <string>

#include "v4_replicated_kv/runtime/live_node_disk.hpp"

namespace kv {

Stage LiveNode::stage() const {
  if (node_->failure()) return Stage::failed;
  if (node_->is_whole() && node_->is_ready()) return Stage::whole;
  return node_->is_ready() ? Stage::catching_up : Stage::starting;
}

std::string LiveNode::waits_for() const {
  std::string names;
  for (const NodeId id : node_->waits_for()) {
    const Member* const member = setup_.boot.ring->find(id);
    if (member == nullptr) continue;
    names += (names.empty() ? "" : ", ") + member->node.name;
  }
  return names;
}

NodeStats LiveNode::stats() const {
  NodeStats stats{.stage = stage(),
                  .lacks_because = std::string(node_->lacks_because()),
                  .waits_for = waits_for(),
                  .in_flight = node_->in_flight()};
  if (node_->failure()) stats.failure = node_->failure()->detail;
  const auto count = [&](const Index& index) {
    stats.keys = index.keys();
    stats.tombstones = index.tombstones();
    stats.index_bytes = index.memory();
    stats.hot_bytes = index.hot().bytes();
  };
  if (disk_ == nullptr) {
    count(memory_->index());
    return stats;
  }
  const std::scoped_lock lock(disk_->mutex);
  count(disk_->engine.index());
  stats.segments = disk_->engine.segments().size();
  for (const auto& [id, segment] : disk_->engine.segments()) {
    stats.log_bytes += segment.bytes;
  }
  stats.groups = disk_->groups;
  stats.syncs = disk_->sync_times.count();
  stats.sync_p50_ns = disk_->sync_times.percentile(0.5);
  stats.sync_p99_ns = disk_->sync_times.percentile(0.99);
  stats.disk_full = disk_->housekeeping.disk_full();
  stats.damages = disk_->housekeeping.damages();
  stats.last_damage = disk_->housekeeping.last_damage();
  return stats;
}

}  // namespace kv
