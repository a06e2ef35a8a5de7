#include "v4_replicated_kv/simulation/script/parse.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/simulation/script/parse_cluster.hpp"
#include "v4_replicated_kv/simulation/script/parse_expect.hpp"
#include "v4_replicated_kv/simulation/script/parse_fault.hpp"
#include "v4_replicated_kv/simulation/script/parse_request.hpp"
#include "v4_replicated_kv/simulation/script/words.hpp"

namespace kv {

namespace {

struct Command {
  std::string_view word;
  Result<Statement> (*parse)(std::string_view word, Words& words,
                             const WorldRules& world);
};

Result<Statement> parse_time(std::string_view word, Words& words,
                             const WorldRules& /*world*/) {
  if (word == "wait") return Wait{};
  if (word == "heal") return HealAll{};
  const auto span = words.take_span();
  if (!span) return std::unexpected(span.error());
  return TimePasses{*span};
}

constexpr std::array kCommands{
    Command{.word = "put", .parse = &parse_request},
    Command{.word = "get", .parse = &parse_request},
    Command{.word = "delete", .parse = &parse_request},
    Command{.word = "expect", .parse = &parse_expect},
    Command{.word = "run", .parse = &parse_time},
    Command{.word = "wait", .parse = &parse_time},
    Command{.word = "heal", .parse = &parse_time},
    Command{.word = "partition", .parse = &parse_network_fault},
    Command{.word = "cut", .parse = &parse_network_fault},
    Command{.word = "one-way", .parse = &parse_network_fault},
    Command{.word = "mend", .parse = &parse_network_fault},
    Command{.word = "drop", .parse = &parse_network_fault},
    Command{.word = "delay", .parse = &parse_network_fault},
    Command{.word = "duplicate", .parse = &parse_network_fault},
    Command{.word = "weather", .parse = &parse_network_fault},
    Command{.word = "crash", .parse = &parse_node_fault},
    Command{.word = "kill", .parse = &parse_node_fault},
    Command{.word = "start", .parse = &parse_node_fault},
    Command{.word = "pause", .parse = &parse_node_fault},
    Command{.word = "resume", .parse = &parse_node_fault},
    Command{.word = "suspect", .parse = &parse_node_fault},
    Command{.word = "trust", .parse = &parse_node_fault},
    Command{.word = "clock", .parse = &parse_node_fault},
    Command{.word = "fail", .parse = &parse_node_fault},
    Command{.word = "fill", .parse = &parse_node_fault},
    Command{.word = "free", .parse = &parse_node_fault},
    Command{.word = "keep", .parse = &parse_node_fault},
    Command{.word = "restore", .parse = &parse_node_fault},
    Command{.word = "wipe", .parse = &parse_node_fault},
    Command{.word = "flip", .parse = &parse_node_fault},
    Command{.word = "tear", .parse = &parse_node_fault},
    Command{.word = "damage", .parse = &parse_node_fault},
};

constexpr auto kCommandWords = [] {
  std::array<std::string_view, kCommands.size()> words;
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = kCommands[i].word;
  return words;
}();

Result<Statement> parse_statement(Words& words, const WorldRules& world) {
  const auto which = words.take_one_of(kCommandWords);
  if (!which) return std::unexpected(which.error());
  const Command& command = kCommands.at(*which);
  auto statement = command.parse(command.word, words, world);
  if (!statement) return statement;
  if (auto whole = words.done(); !whole) return std::unexpected(whole.error());
  return statement;
}

Result<ScriptLine> parse_line(Words& words, std::size_t number, const WorldRules& world) {
  ScriptLine line{.number = number, .statement = Wait{}};
  if (words.peek() == "at") {
    disregard(words.take("at"));
    const auto at = words.take_span();
    if (!at) return std::unexpected(at.error());
    line.at = *at;
  }
  auto statement = parse_statement(words, world);
  if (!statement) return std::unexpected(statement.error());
  line.statement = *std::move(statement);
  return line;
}

// The first line that says something makes the cluster.
Result<void> add_line(std::string_view text, std::size_t number, bool& has_cluster,
                      Script& script) {
  Words words(text);
  if (words.empty()) return {};
  if (!std::exchange(has_cluster, true)) {
    if (words.peek() != "cluster") {
      return wrong_word(words.peek(), "a script begins with a line `cluster nodes=3`");
    }
    disregard(words.take("cluster"));
    return parse_cluster(words, script);
  }
  if (words.peek() == "cluster") {
    return wrong_word("cluster", "there is one already, in an earlier line");
  }
  auto line = parse_line(words, number, script.world);
  if (!line) return std::unexpected(line.error());
  script.lines.push_back(*std::move(line));
  return {};
}

// Who judges tells writes apart by their values, and lets none of them expire.
class Judged {
 public:
  // What is wrong with a request; empty if it can be judged.
  std::string take(const Request& request) {
    if (request.verb == Verb::get) return "";
    const KeyAndId write{request.key, request.id};
    const bool has_id = request.id != RequestId{0};
    const auto verb =
        has_id ? verbs_.emplace(write, request.verb).first->second : request.verb;
    if (verb != request.verb) {
      return request.key +
             ": where promises are expected, an id is of puts or of deletes";
    }
    if (request.verb == Verb::erase) return "";
    const auto [before, is_new] = put_.emplace(request.value, write);
    const bool is_retry = has_id && before->second == write;
    if ((is_new || is_retry) && request.ttl_ms == 0) return "";
    return printable(request.value) +
           ": where promises are expected, each value is put once, and without ttl";
  }

 private:
  using KeyAndId = std::pair<std::string, RequestId>;
  std::map<std::string, KeyAndId> put_;  // by value
  std::map<KeyAndId, Verb> verbs_;
};

Result<void> check_judged(const Script& script, const std::string& shown) {
  const bool is_judged = std::ranges::any_of(script.lines, [](const ScriptLine& line) {
    return std::holds_alternative<ExpectPromises>(line.statement);
  });
  Judged judged;
  for (const ScriptLine& line : script.lines) {
    const auto* const action = std::get_if<WorldAction>(&line.statement);
    const auto* const ask = action == nullptr ? nullptr : std::get_if<AskNode>(action);
    if (!is_judged || ask == nullptr) continue;
    const std::string wrong = judged.take(ask->request);
    if (wrong.empty()) continue;
    return fail(Errc::bad_input, fmt::format("{}:{}: {}", shown, line.number, wrong));
  }
  return {};
}

}  // namespace

Result<Script> parse_script(std::string_view text, const std::string& name) {
  const std::string shown = printable(name);
  if (text.size() > kScriptBytesMax) {
    return fail(Errc::bad_input,
                fmt::format("{}: has more than {} bytes; is it a script?", shown,
                            kScriptBytesMax));
  }
  Script script{.world = classroom_rules(), .seed = 1, .lines = {}};
  bool has_cluster = false;
  std::size_t number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (++number > kScriptLinesMax) {
      return fail(Errc::bad_input,
                  fmt::format("{}: has more than {} lines", shown, kScriptLinesMax));
    }
    if (auto added = add_line(text.substr(0, end), number, has_cluster, script); !added) {
      return fail(Errc::bad_input,
                  fmt::format("{}:{}: {}", shown, number, added.error().detail));
    }
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  if (has_cluster) {
    if (auto fine = check_judged(script, shown); !fine)
      return std::unexpected(fine.error());
    return script;
  }
  return fail(Errc::bad_input,
              fmt::format("{}: has no line `cluster nodes=3` to begin with", shown));
}

}  // namespace kv
