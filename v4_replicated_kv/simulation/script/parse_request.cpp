#include "v4_replicated_kv/simulation/script/parse_request.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "common/base/closest_word.hpp"
#include "common/hash/functions.hpp"

namespace kv {

namespace {

constexpr std::size_t kValueBytesOfAScriptMax = 4'096;
constexpr std::uint64_t kTtlMax = 600'000;

constexpr std::array<std::string_view, 4> kReadWords{"as", "r", "level", "ignores"};
constexpr std::array<std::string_view, 5> kDeleteWords{"as", "w", "level", "id",
                                                       "ignores"};
constexpr std::array<std::string_view, 7> kPutWords{"as",  "w",    "level",  "id",
                                                    "ttl", "fill", "ignores"};

std::span<const std::string_view> options_of(Verb verb) {
  if (verb == Verb::get) return kReadWords;
  if (verb == Verb::put) return kPutWords;
  return kDeleteWords;
}

bool is_name(std::string_view word) {
  constexpr std::size_t kNameBytesMax = 12;
  const auto fits = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
  };
  return !word.empty() && word.size() <= kNameBytesMax && word[0] >= 'a' &&
         std::ranges::all_of(word, fits);
}

Result<void> read_level(std::string_view word, Consistency& consistency) {
  const auto at = std::ranges::find(kLevelNames, word);
  if (at == kLevelNames.end()) return wrong_word(word, suggestion(word, kLevelNames));
  consistency.level = static_cast<Level>(at - kLevelNames.begin());
  return {};
}

Result<void> read_answers(const Option& option, std::size_t n, Consistency& consistency) {
  const auto answers = parse_number(option, 1, n);
  if (!answers) return std::unexpected(answers.error());
  consistency.answers = *answers;
  return {};
}

Result<void> read_ttl(const Option& option, Request& request) {
  const auto span = parse_span(option.value);
  if (!span) return std::unexpected(span.error());
  if (span->raw() < 1'000) return wrong_word(option.value, "takes a millisecond or more");
  request.ttl_ms = std::min(span->raw() / 1'000, kTtlMax);
  return {};
}

Result<void> read_option(const Option& option, const WorldRules& world, AskNode& ask) {
  Request& request = ask.request;
  if (option.name == "as") {
    auto client = parse_client(option.value);
    if (!client) return std::unexpected(client.error());
    ask.client = *std::move(client);
    return {};
  }
  if (option.name == "level") return read_level(option.value, request.consistency);
  if (option.name == "id") {
    request.id = RequestId{xxh3(option.value) | 1U};
    return {};
  }
  if (option.name == "ttl") return read_ttl(option, request);
  if (option.name == "ignores") {
    if (option.value != "context") return wrong_word(option.value, "takes `context`");
    ask.has_context = false;
    return {};
  }
  if (option.name == "fill") {
    const auto bytes = parse_number(option, 1, kValueBytesOfAScriptMax);
    if (!bytes) return std::unexpected(bytes.error());
    request.value.resize(std::max(*bytes, request.value.size()), '.');
    return {};
  }
  return read_answers(option, world.quorum.n, request.consistency);
}

Result<void> read_key(std::string_view verb, std::string_view word, Request& request) {
  if (verb != "put") {
    auto key = parse_text(word);
    if (!key) return std::unexpected(key.error());
    request.verb = verb == "get" ? Verb::get : Verb::erase;
    request.key = *std::move(key);
    return {};
  }
  auto pair = parse_key_and_value(word);
  if (!pair) return std::unexpected(pair.error());
  request.verb = Verb::put;
  request.key = std::move(pair->key);
  request.value = std::move(pair->value);
  return {};
}

}  // namespace

Result<std::string> parse_text(std::string_view word) {
  const auto is_plain = [](char letter) {
    return letter > ' ' && letter <= '~' && letter != '=' && letter != ',';
  };
  if (word.empty() || word.size() > kScriptWordBytesMax) {
    return wrong_word(word, fmt::format("has {} bytes; 1 to {} can be read in a trace",
                                        word.size(), kScriptWordBytesMax));
  }
  if (std::ranges::all_of(word, is_plain)) return std::string(word);
  return wrong_word(word, "keys and values are ASCII here, without blanks, = and commas");
}

Result<std::string> parse_client(std::string_view word) {
  constexpr std::array<std::string_view, 6> kTaken{"ok",      "refused", "unknown",
                                                   "nothing", "silence", "promises"};
  const bool is_taken = std::ranges::find(kTaken, word) != kTaken.end();
  if (is_name(word) && !is_taken) return std::string(word);
  return wrong_word(word,
                    "is no name for a client: small letters and digits, 12 at most");
}

Result<KeyAndValue> parse_key_and_value(std::string_view word) {
  const auto equals = word.find('=');
  if (equals == std::string_view::npos) {
    return wrong_word(word, "takes a key and a value: cart=apples");
  }
  auto key = parse_text(word.substr(0, equals));
  if (!key) return std::unexpected(key.error());
  auto value = parse_text(word.substr(equals + 1));
  if (!value) return std::unexpected(value.error());
  return KeyAndValue{.key = *std::move(key), .value = *std::move(value)};
}

Result<Statement> parse_request(std::string_view word, Words& words,
                                const WorldRules& world) {
  const auto node = words.take_node(world.nodes);
  if (!node) return std::unexpected(node.error());
  const auto what = words.take(word == "put" ? "KEY=VALUE" : "which key");
  if (!what) return std::unexpected(what.error());
  AskNode ask{.client = std::string(kNobodysName), .node = *node, .request = {}};
  if (auto read = read_key(word, *what, ask.request); !read) {
    return std::unexpected(read.error());
  }
  ask.has_context = word != "get" && world.policy == Policy::siblings;
  const auto known = options_of(ask.request.verb);
  for (;;) {
    const auto option = words.take_option(known);
    if (!option) return std::unexpected(option.error());
    if (!*option) break;
    if (auto read = read_option(**option, world, ask); !read) {
      return std::unexpected(read.error());
    }
  }
  return WorldAction{std::move(ask)};
}

}  // namespace kv
