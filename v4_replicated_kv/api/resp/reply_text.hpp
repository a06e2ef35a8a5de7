// Replies of the store as answers to a client of Redis.
//
// Idea      an error's first word is what a program looks at. UNKNOWN is no failure: the write
//           may be there, or come yet. All others say that nothing was written.
// Breaks if  a write of unknown outcome answers with a word that others take for "no".
#pragma once

#include <optional>
#include <string>

#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/runtime/node_stats.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv::resp {

// What to say of a reply that is not ok: "NOQUORUM 1 of the 2 owners needed answered".
[[nodiscard]] std::string failure_of(const Reply& reply, bool is_write);

// The value, nothing, or an error: also where there are several, as an answer has room for
// one.
void append_value(std::string& out, const Reply& reply, WallMs now);

// What to say where there are several.
[[nodiscard]] std::string siblings_error(std::size_t values);

// How many values a reader sees.
[[nodiscard]] std::size_t values_in(const Reply& reply, WallMs now);

// Milliseconds until the last of them is over; -1: never; -2: there is none.
[[nodiscard]] std::int64_t time_left(const Reply& reply, WallMs now);

[[nodiscard]] std::string info_text(const NodeStats& stats, std::size_t connections);

}  // namespace kv::resp
