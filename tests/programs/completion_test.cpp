// What a shell offers, asked of a real bash; and that it is what the programs take.
#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tests/programs/run_program.hpp"

using namespace kv;

namespace {

using Words = std::vector<std::string>;

// What bash offers for the last of these words, as its line editor would ask.
Words offered(const Words& words) {
  std::string quoted;
  for (const std::string& word : words) quoted += fmt::format(" '{}'", word);
  const std::string script = fmt::format(
      "source <(v4_replicated_kv completion bash)\n"
      "COMP_WORDS=({}); COMP_CWORD={}; _modulo_complete\n"
      "printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
      quoted, words.size() - 1);
  const TempDir dir;
  const ProgramEnd outcome =
      run_shell("bash --norc -u " + dir.file("asks.sh", script), {.input = {}});
  CAPTURE(script);
  CHECK(outcome.err.empty());
  Words lines = lines_of(outcome.out);
  std::erase(lines, "");
  return lines;
}

Words sorted(Words words) {
  std::ranges::sort(words);
  return words;
}

// Words behind "takes one of", as the programs refuse with.
Words taken_instead(const Words& typed) {
  Words words = typed;
  const ProgramEnd outcome = run_program(words);
  constexpr std::string_view kTakes = "takes one of ";
  const auto at = outcome.err.find(kTakes);
  if (at == std::string::npos) return {};
  std::string list = outcome.err.substr(at + kTakes.size());
  list.erase(std::min(list.find('\n'), list.size()));
  Words taken;
  for (std::size_t from = 0;;) {
    const auto comma = list.find(", ", from);
    taken.push_back(list.substr(from, comma - from));
    if (comma == std::string::npos) return taken;
    from = comma + 2;
  }
}

Words commands() {
  return taken_instead({"v4_replicated_kv", "nonsense"});
}

// The flags that --help has a line of, and all that it names.
struct Help {
  std::set<std::string> lines;
  std::string text;
};

Help help_of(Words place) {
  place.emplace_back("--help");
  Help help{.lines = {}, .text = run_program(place).out};
  static const std::regex line(R"(^ {2,12}(-.*)$)");
  static const std::regex flag(R"(--[a-z][a-z0-9_.-]*)");
  for (const std::string& each : lines_of(help.text)) {
    std::smatch match;
    if (!std::regex_match(each, match, line)) continue;
    // What explains begins behind some blanks.
    std::string flags = match[1];
    flags.erase(std::min(flags.find("  "), flags.size()));
    for (std::sregex_iterator at(flags.begin(), flags.end(), flag), end; at != end;
         ++at) {
      help.lines.insert(at->str());
    }
  }
  return help;
}

bool is_command(std::string_view name) {
  const Words all = commands();
  return std::ranges::find(all, name) != all.end();
}

std::vector<Words> places() {
  std::vector<Words> all{
      {"v1_modular"}, {"v2_consistent"}, {"v3_virtual_nodes"}, {"compare"}};
  for (const std::string& command : commands()) {
    all.push_back({"v4_replicated_kv", command});
  }
  return all;
}

}  // namespace

TEST_CASE("behind the program's name its commands are offered, all and no others") {
  const Words all = commands();
  REQUIRE(all.size() >= 4);
  CHECK(sorted(offered({"v4_replicated_kv", ""})) == sorted(all));
  CHECK(offered({"v4_replicated_kv", "si"}) == Words{"sim"});
  CHECK(offered({"build/release/bin/v4_replicated_kv", "wa"}) == Words{"wal"});
  CHECK(offered({"v4_replicated_kv", "completion", ""}) == Words{"bash"});
  CHECK(sorted(offered({"v4_replicated_kv", "wal", ""})) ==
        Words{"dump", "import", "verify"});
}

TEST_CASE("the flags that are offered are those that --help knows") {
  for (const Words& place : places()) {
    CAPTURE(fmt::format("{}", fmt::join(place, " ")));
    Words dashes = place;
    dashes.emplace_back("--");
    const Words flags = offered(dashes);
    const std::set<std::string> known(flags.begin(), flags.end());
    CHECK(known.contains("--help"));
    Help help = help_of(place);
    if (place[0] == "v3_virtual_nodes") {
      help.text += help_of({"v3_virtual_nodes", "--dataset", "bank"}).text;
    }
    for (const std::string& flag : help.lines) {
      CAPTURE(flag);
      CHECK(known.contains(flag));
    }
    for (const std::string& flag : flags) {
      CAPTURE(flag);
      CHECK((flag == "--help" || help.text.contains(flag)));
    }
  }
}

TEST_CASE("values are offered where only some are taken, and are those") {
  // What has to stand before the flag, for the flag to be looked at.
  struct Case {
    Words before;
    std::string flag;
  };
  std::vector<Case> cases{{{"v1_modular"}, "--format"},
                          {{"v2_consistent"}, "--color"},
                          {{"v3_virtual_nodes"}, "--algorithm"},
                          {{"v4_replicated_kv", "demo"}, "--format"},
                          {{"compare"}, "--format"},
                          {{"v4_replicated_kv", "wal", "verify", "x"}, "--format"},
                          {{"v4_replicated_kv", "sim"}, "--format"}};
  if (is_command("kv")) {
    for (const char* flag : {"--format", "--consistency"}) {
      cases.push_back({{"v4_replicated_kv", "kv", "get", "x"}, flag});
    }
    cases.push_back({{"v4_replicated_kv", "admin", "status"}, "--format"});
    for (const char* flag : {"--workload", "--protocol", "--distribution", "--arrivals",
                             "--format", "--consistency"}) {
      cases.push_back({{"v4_replicated_kv", "bench"}, flag});
    }
  }
  for (const Case& each : cases) {
    Words typed = each.before;
    typed.push_back(each.flag);
    CAPTURE(fmt::format("{}", fmt::join(typed, " ")));
    typed.emplace_back("nonsense");
    const Words taken = taken_instead(typed);
    REQUIRE_FALSE(taken.empty());
    typed.back() = "";
    CHECK(offered(typed) == taken);
  }
}

TEST_CASE("values of a server's keys, of hashes, scenes and mistakes are offered") {
  CHECK(offered({"v1_modular", "--hash", "xx"}) == Words{"xxh3", "xxh64"});
  CHECK(offered({"v4_replicated_kv", "--scenes", "sl"}) == Words{"slow_replica"});
  CHECK(offered({"v4_replicated_kv", "sim", "--mistake", "no_f"}) ==
        Words{"no_fsync_before_ack"});
  CHECK(offered({"v3_virtual_nodes", "--rebalance", ""}) ==
        Words{"at-once", "lazily", "both"});
  if (!is_command("serve")) return;
  CHECK(offered({"v4_replicated_kv", "serve", "--storage.engine", ""}) ==
        Words{"log", "memory"});
  CHECK(offered({"v4_replicated_kv", "serve", "--storage.engine", "=", "m"}) ==
        Words{"memory"});
  CHECK(offered({"v4_replicated_kv", "serve", "--storage.en"}) ==
        Words{"--storage.engine"});
}

TEST_CASE("a number, a file or a key is left to the person") {
  CHECK(offered({"v1_modular", "--keys", ""}).empty());
  CHECK(offered({"v1_modular", ""}).empty());
  // What takes no value: another flag follows.
  CHECK(offered({"v1_modular", "--quiet", "--ha"}) == Words{"--hash"});
  CHECK(offered({"v1_modular", "--keys", "--ha"}).empty());
  CHECK(offered({"v4_replicated_kv", "wal", "dump", ""}).empty());
  const ProgramEnd outcome = run_program({"v4_replicated_kv", "completion", "fish"});
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
}
