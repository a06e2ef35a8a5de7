#include "v4_replicated_kv/local_cluster/local_words.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "common/command_line/refuse_word.hpp"
#include "common/command_line/words.hpp"

namespace kv {

namespace {

constexpr std::array kFlags{Flag{.name = "--nodes"},
                            Flag{.name = "--data-dir"},
                            Flag{.name = "--in-memory", .has_value = false},
                            Flag{.name = "--http-base"},
                            Flag{.name = "--grpc-base"},
                            Flag{.name = "--resp-base"},
                            Flag{.name = "--help", .has_value = false}};

constexpr std::uint64_t kLocalNodesMax = 32;
constexpr std::uint64_t kPortMax = 65535;

Result<void> read_base(const CommandWords& words, std::string_view flag,
                       std::uint64_t nodes, std::uint64_t& base) {
  const auto typed = words.number(flag, 1, kPortMax - nodes + 1);
  if (!typed) return std::unexpected(typed.error());
  base = typed->value_or(base);
  return {};
}

// Node1's ports and those after them: no two may be the same.
Result<void> check_apart(const LocalWords& words) {
  std::array<std::uint64_t, 3> bases{words.http_base, words.grpc_base, words.resp_base};
  std::ranges::sort(bases);
  const bool apart =
      bases[0] + words.nodes <= bases[1] && bases[1] + words.nodes <= bases[2];
  if (apart) return {};
  return fail(
      Errc::bad_usage,
      fmt::format("--http-base {}, --grpc-base {} and --resp-base {}: have to be at "
                  "least {} apart, a port for each node",
                  words.http_base, words.grpc_base, words.resp_base, words.nodes));
}

}  // namespace

std::string_view local_help() {
  return "Runs a cluster on this machine: a process for each node.\n"
         "\n"
         "Usage: v4_replicated_kv cluster [--nodes N] [--data-dir DIR | --in-memory]\n"
         "                                [--http-base PORT] [--grpc-base PORT] "
         "[--resp-base PORT]\n"
         "                                [-- SETTINGS]\n"
         "\n"
         "  --nodes N         1 to 32 [3]\n"
         "  --data-dir DIR    keep what is written, in a directory for each node; "
         "without it in\n"
         "                    a temporary one, which is removed at the end\n"
         "  --in-memory       write nothing to a disk: fast, and gone with the "
         "processes\n"
         "  --http-base PORT  node1's port; node2 has the next [8080]\n"
         "  --grpc-base PORT  [9000]\n"
         "  --resp-base PORT  [6380]\n"
         "  -- SETTINGS       flags of `serve`, for every node: -- --cluster.n 2\n"
         "\n"
         "Then it takes commands, a line each: kill NODE, stop NODE, start NODE, pause "
         "NODE,\n"
         "resume NODE, status, quit. Ctrl-C ends all nodes; so does the end of what "
         "is typed\n"
         "at a terminal.\n"
         "\n"
         "Exit status: 0 ended when asked, 1 a failure, 2 wrong usage.\n";
}

Vocabulary local_vocabulary() {
  return vocabulary_of("cluster", {}, kFlags);
}

Result<LocalWords> read_local_words(int argc, const char* const* argv) {
  const std::span all(argv, static_cast<std::size_t>(argc));
  const auto own = all.subspan(all.empty() ? 0 : 1);
  const auto dashes =
      std::ranges::find(own, std::string_view("--"),
                        [](const char* word) { return std::string_view(word); });
  const auto count = static_cast<std::size_t>(dashes - own.begin());
  const auto words = CommandWords::read("cluster", own.first(count), kFlags);
  if (!words) return std::unexpected(words.error());
  LocalWords read{.help = words->has("--help")};
  if (read.help) return read;
  if (!words->plain().empty()) {
    return refuse_word(words->plain().front(), "is one word too many (see --help)");
  }
  const auto nodes = words->number("--nodes", 1, kLocalNodesMax);
  if (!nodes) return std::unexpected(nodes.error());
  read.nodes = nodes->value_or(read.nodes);
  for (const auto& [flag, base] : {std::pair{"--http-base", &read.http_base},
                                   std::pair{"--grpc-base", &read.grpc_base},
                                   std::pair{"--resp-base", &read.resp_base}}) {
    if (auto good = read_base(*words, flag, read.nodes, *base); !good) {
      return std::unexpected(good.error());
    }
  }
  if (auto good = check_apart(read); !good) return std::unexpected(good.error());
  read.in_memory = words->has("--in-memory");
  read.data_dir = words->text("--data-dir").value_or("");
  if (read.in_memory && words->has("--data-dir")) {
    return fail(Errc::bad_usage, "--in-memory: keeps nothing, so leave out --data-dir");
  }
  if (words->has("--data-dir") && read.data_dir.empty()) {
    return fail(Errc::bad_usage, "--data-dir: needs a directory");
  }
  if (dashes != own.end()) read.settings.assign(dashes + 1, own.end());
  return read;
}

}  // namespace kv
