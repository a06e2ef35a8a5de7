#include "v4_replicated_kv/admin/admin_words.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "common/base/closest_word.hpp"
#include "common/base/text.hpp"
#include "common/command_line/refuse_word.hpp"
#include "common/command_line/words.hpp"
#include "v4_replicated_kv/client/endpoint_words.hpp"

namespace kv {

namespace {

constexpr std::array<std::string_view, 4> kNames{"status", "ring", "owner", "stats"};
constexpr std::array kActions{AdminAction::status, AdminAction::ring, AdminAction::owner,
                              AdminAction::stats};

constexpr std::array<std::string_view, 2> kFormats{"text", "json"};

std::vector<Flag> all_flags() {
  std::vector<Flag> flags{Flag{.name = "--format", .values = kFormats},
                          Flag{.name = "--help", .has_value = false}};
  flags.insert(flags.end(), kEndpointFlags.begin(), kEndpointFlags.end());
  return flags;
}

Result<AdminAction> action_of(const std::vector<std::string>& plain) {
  if (plain.empty()) {
    return fail(Errc::bad_usage, "needs one of status, ring, owner, stats (see --help)");
  }
  const auto name = std::ranges::find(kNames, plain[0]);
  if (name == kNames.end()) return refuse_word(plain[0], suggestion(plain[0], kNames));
  const AdminAction action = kActions.at(static_cast<std::size_t>(name - kNames.begin()));
  const std::size_t wanted = action == AdminAction::owner ? 2 : 1;
  if (plain.size() < wanted || plain.back().empty()) {
    return refuse_word(plain[0], "needs a key of at least one byte");
  }
  if (plain.size() > wanted) return refuse_word(plain[wanted], "is one word too many");
  return action;
}

}  // namespace

std::string_view admin_help() {
  return "Asks a running cluster about itself.\n"
         "\n"
         "Usage: v4_replicated_kv admin status\n"
         "       v4_replicated_kv admin ring\n"
         "       v4_replicated_kv admin owner KEY\n"
         "       v4_replicated_kv admin stats\n"
         "\n"
         "status   the nodes, and what the one that is asked thinks of each\n"
         "ring     how many partitions each node holds\n"
         "owner    the nodes that hold a key, in the order in which they are asked\n"
         "stats    what the node counts: keys, log, syncs, requests under way\n"
         "\n"
         "  --endpoint HOST:PORT[,HOST:PORT...]   or URLs: the nodes to ask, one after\n"
         "                           the other [http://127.0.0.1:8080]\n"
         "  --timeout-ms N           for an answer [5000]\n"
         "  --format text|json       json: the node's answer as it is [text]\n"
         "\n"
         "Exit status: 0 done, 1 no answer, or the node does not serve, 2 wrong usage.\n";
}

Vocabulary admin_vocabulary() {
  return vocabulary_of("admin", kNames, all_flags());
}

Result<AdminWords> read_admin_words(int argc, const char* const* argv) {
  const auto flags = all_flags();
  const std::span all(argv, static_cast<std::size_t>(argc));
  const auto words = CommandWords::read("admin", all.subspan(all.empty() ? 0 : 1), flags);
  if (!words) return std::unexpected(words.error());
  if (words->has("--help")) return AdminWords{};
  const auto action = action_of(words->plain());
  if (!action) return std::unexpected(action.error());
  AdminWords read{.action = *action};
  const auto format = words->one_of("--format", kFormats, "text");
  if (!format) return std::unexpected(format.error());
  read.json = *format == "json";
  auto client = endpoint_options(*words);
  if (!client) return std::unexpected(client.error());
  read.client = *std::move(client);
  if (read.action == AdminAction::owner) read.key = words->plain()[1];
  return read;
}

}  // namespace kv
