// What a node says of itself and of its cluster, as JSON.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "v4_replicated_kv/api/http/answer.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/runtime/client_port.hpp"
#include "v4_replicated_kv/runtime/node_stats.hpp"

namespace kv::http {

// The process is there.
[[nodiscard]] Answer alive_answer();

// Of a server that is in no cluster yet: 503, and what it waits for.
[[nodiscard]] Answer nowhere_answer(const NodeStats& stats);

// 200 where the node serves clients and a majority of each key's copies is in reach, 503
// where not: for who sends it traffic.
[[nodiscard]] Answer ready_answer(const NodeStats& stats, const RingState& ring);

// The same, and why.
[[nodiscard]] Answer health_answer(const NodeStats& stats);

[[nodiscard]] Answer stats_answer(const NodeStats& stats, const RingState& ring);

// `own_http` is where this node's clients come in; of the others it is told by them.
[[nodiscard]] Answer nodes_answer(const NodeStats& stats, const RingState& ring,
                                  std::span<const Neighbour> neighbours,
                                  std::string_view own_http);

// All rows of the table, by the members' names.
[[nodiscard]] Answer ring_answer(const RingState& ring);

// Who holds one key.
[[nodiscard]] Answer owners_answer(const RingState& ring, std::string_view key,
                                   KeyHash hash);

}  // namespace kv::http
