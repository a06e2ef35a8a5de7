#include "v4_replicated_kv/api/resp/reply_text.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "v4_replicated_kv/api/resp/answer_text.hpp"
#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv::resp {

namespace {

std::string_view word_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::not_reached:
      return "NOQUORUM";
    case Trouble::timed_out:
      return "TIMEOUT";
    case Trouble::not_ready:
      return "NOTREADY";
    case Trouble::disk_full:
      return "DISKFULL";
    case Trouble::conflict:
      return "CONFLICT";
    case Trouble::overloaded:
      return "OVERLOADED";
    case Trouble::none:
    case Trouble::bad_request:
    case Trouble::too_large:
      break;
  }
  return "ERR";
}

// What most registers hold: a value that nothing hides. Null where it takes a longer look.
const Version* plain_value(const KeyState& state) {
  if (state.versions.size() != 1 || !state.recent.entries().empty()) return nullptr;
  const Version& version = state.versions.front();
  const bool is_plain = version.kind == Kind::value && version.expires == WallMs{};
  return is_plain ? &version : nullptr;
}

}  // namespace

std::string failure_of(const Reply& reply, bool is_write) {
  if (is_write && reply.outcome == Outcome::unknown) {
    return fmt::format("UNKNOWN {}: {}; the write may be there, or come yet",
                       word_for(reply.trouble), reply.detail);
  }
  return fmt::format("{} {}", word_of(reply.trouble), reply.detail);
}

void append_value(std::string& out, const Reply& reply, WallMs now) {
  if (reply.outcome != Outcome::ok) return append_error(out, failure_of(reply, false));
  if (const Version* const value = plain_value(reply.state)) {
    return append_string(out, value->value);
  }
  const auto values = visible(reply.state, now);
  if (values.empty()) {
    out += kNothing;
  } else if (values.size() == 1) {
    append_string(out, values.front()->value);
  } else {
    append_error(out, siblings_error(values.size()));
  }
}

std::string siblings_error(std::size_t values) {
  return fmt::format(
      "SIBLINGS {} values were put at once, and an answer here has room for "
      "one: read them over HTTP, or SET what replaces them",
      values);
}

std::size_t values_in(const Reply& reply, WallMs now) {
  return visible(reply.state, now).size();
}

std::int64_t time_left(const Reply& reply, WallMs now) {
  std::int64_t left = -2;
  for (const Version* const value : visible(reply.state, now)) {
    if (value->expires == WallMs{}) return -1;
    left = std::max(left, static_cast<std::int64_t>(value->expires.raw() - now.raw()));
  }
  return left;
}

std::string info_text(const NodeStats& stats, std::size_t connections) {
  return fmt::format(
      "# Server\r\nserver_name:v4_replicated_kv\r\nredis_mode:standalone\r\n"
      "node:{}\r\nstage:{}\r\nloading:{}\r\n\r\n"
      "# Clients\r\nconnected_clients:{}\r\n\r\n"
      "# Store\r\nkeys:{}\r\ntombstones:{}\r\nin_flight:{}\r\nindex_bytes:{}\r\n"
      "hot_bytes:{}\r\nlog_bytes:{}\r\nlog_groups:{}\r\nlog_syncs:{}\r\ndisk_full:{}\r\n",
      stats.name, word_for(stats.stage), stats.stage == Stage::starting ? 1 : 0,
      connections, stats.keys, stats.tombstones, stats.in_flight, stats.index_bytes,
      stats.hot_bytes, stats.log_bytes, stats.groups, stats.syncs,
      stats.disk_full ? 1 : 0);
}

}  // namespace kv::resp
