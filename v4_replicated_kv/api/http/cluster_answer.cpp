#include "v4_replicated_kv/api/http/cluster_answer.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "common/base/text.hpp"
#include "v4_replicated_kv/api/http/json_text.hpp"
#include "v4_replicated_kv/replication/quorum.hpp"

namespace kv::http {

namespace {

bool serves(Stage stage) {
  return stage == Stage::whole || stage == Stage::catching_up;
}

std::string_view state_in_cluster(Stage stage) {
  switch (stage) {
    case Stage::whole:
      return "healthy";
    case Stage::catching_up:
      return "recovered";
    case Stage::starting:
      return "joining";
    case Stage::down:
    case Stage::failed:
      return "failed";
  }
  return "failed";
}

std::string_view word_for(Policy policy) {
  return policy == Policy::siblings ? "siblings" : "last_write_wins";
}

std::string names_of(const RingState& ring, std::span<const NodeId> nodes) {
  std::string list = "[";
  for (const NodeId id : nodes) {
    if (list.size() > 1) list += ',';
    const Member* const member = ring.find(id);
    append_quoted(list, member == nullptr ? "" : one_line(member->node.name));
  }
  return list += ']';
}

ObjectText ring_head(const RingState& ring) {
  ObjectText text;
  text.number("epoch", ring.epoch.raw())
      .number("partitions", ring.table.partitions())
      .number("n", ring.table.copies())
      .text("conflict", word_for(ring.policy));
  return text;
}

}  // namespace

Answer alive_answer() {
  return {.body = ObjectText().text("status", "alive").done()};
}

Answer nowhere_answer(const NodeStats& stats) {
  return answer_of(
      {503, "not_ready",
       stats.waits_for.empty()
           ? "this server has not found its cluster yet"
           : "this node serves nobody yet: it waits for " + one_line(stats.waits_for)});
}

Answer ready_answer(const NodeStats& stats, const RingState& ring) {
  const auto not_yet = [](std::string why) {
    return answer_of({503, "not_ready", std::move(why)});
  };
  if (!serves(stats.stage)) {
    return not_yet("no clients are served here yet: the stage is " +
                   std::string(word_for(stats.stage)));
  }
  // Whoever cannot be reached may be among the owners of any key.
  const std::size_t others = ring.members.size() - (stats.is_guest ? 0 : 1);
  const std::size_t missing = others - std::min(others, stats.peers_up);
  const std::size_t copies = ring.table.copies();
  if (missing > copies - majority(copies)) {
    return not_yet("too few nodes are in reach for a majority of each key's copies: " +
                   std::to_string(stats.peers_up) + " of " + std::to_string(others));
  }
  return {.body = ObjectText().text("status", "ready").done()};
}

Answer health_answer(const NodeStats& stats) {
  const bool is_serving = serves(stats.stage);
  ObjectText text;
  text.text("status", is_serving ? "serving" : "not_serving")
      .text("node", one_line(stats.name))
      .text("stage", word_for(stats.stage))
      .flag("disk_full", stats.disk_full);
  if (!stats.failure.empty()) text.text("failure", one_line(stats.failure));
  if (!is_serving) {
    text.text("error", "this node does not serve clients")
        .text("code", "not_ready")
        .number("http_status", std::uint64_t{503});
  }
  return {.status = is_serving ? 200 : 503, .body = text.done()};
}

Answer stats_answer(const NodeStats& stats, const RingState& ring) {
  ObjectText text;
  text.text("node", one_line(stats.name))
      .text("stage", word_for(stats.stage))
      .number("epoch", ring.epoch.raw())
      .number("keys", stats.keys)
      .number("tombstones", stats.tombstones)
      .number("index_bytes", stats.index_bytes)
      .number("hot_bytes", stats.hot_bytes)
      .number("segments", stats.segments)
      .number("log_bytes", stats.log_bytes)
      .number("groups", stats.groups)
      .number("syncs", stats.syncs)
      .number("sync_p50_ns", stats.sync_p50_ns)
      .number("sync_p99_ns", stats.sync_p99_ns)
      .number("in_flight", stats.in_flight)
      .number("peers_up", stats.peers_up)
      .flag("disk_full", stats.disk_full);
  if (!stats.failure.empty()) text.text("failure", one_line(stats.failure));
  return {.body = text.done()};
}

Answer nodes_answer(const NodeStats& stats, const RingState& ring,
                    std::span<const Neighbour> neighbours, std::string_view own_http) {
  std::string list = "[";
  for (const Member& member : ring.members) {
    if (list.size() > 1) list += ',';
    const bool is_self = !stats.is_guest && member.node.name == stats.name;
    Neighbour seen{.state = "healthy"};
    const auto found = std::ranges::find(neighbours, member.node.id, &Neighbour::node);
    if (found != neighbours.end()) seen = *found;
    list += ObjectText()
                .text("id", one_line(member.node.name))
                .text("http", is_self ? own_http : seen.http)
                .text("grpc", seen.grpc)
                .text("state", is_self ? state_in_cluster(stats.stage) : seen.state)
                .number("weight", member.node.weight)
                .text("zone", one_line(member.zone))
                .text("datacenter", "")
                .done();
  }
  return {.body = list += ']'};
}

Answer ring_answer(const RingState& ring) {
  std::string rows = "[";
  for (std::size_t row = 0; row < ring.table.partitions(); ++row) {
    if (row > 0) rows += ',';
    rows +=
        names_of(ring, ring.table.owners(PartitionId{static_cast<std::uint32_t>(row)}));
  }
  rows += ']';
  return {.body = ring_head(ring).json("rows", rows).done()};
}

Answer owners_answer(const RingState& ring, std::string_view key, KeyHash hash) {
  return {.body =
              ring_head(ring)
                  .bytes("key", key)
                  .number("partition", std::uint64_t{ring.table.partition(hash).raw()})
                  .json("owners", names_of(ring, ring.table.owners(hash)))
                  .done()};
}

}  // namespace kv::http
