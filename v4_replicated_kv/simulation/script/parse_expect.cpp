#include "v4_replicated_kv/simulation/script/parse_expect.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "common/base/closest_word.hpp"
#include "v4_replicated_kv/simulation/script/parse_request.hpp"

namespace kv {

namespace {

Result<Statement> held(Words& words, const WorldRules& world) {
  constexpr std::array<std::string_view, 2> kWords{"holds", "lacks"};
  const auto node = words.take_node(world.nodes);
  if (!node) return std::unexpected(node.error());
  ExpectHeld expect{.node = *node, .key = {}, .values = {}};
  const auto which = words.take_one_of(kWords);
  if (!which) return std::unexpected(which.error());
  if (kWords.at(*which) == "lacks") {
    const auto word = words.take("which key");
    if (!word) return std::unexpected(word.error());
    auto key = parse_text(*word);
    if (!key) return std::unexpected(key.error());
    expect.key = *std::move(key);
    return expect;
  }
  do {
    const auto word = words.take("KEY=VALUE");
    if (!word) return std::unexpected(word.error());
    auto pair = parse_key_and_value(*word);
    if (!pair) return std::unexpected(pair.error());
    if (!expect.key.empty() && pair->key != expect.key) {
      return wrong_word(*word, fmt::format("is not of {}: one key a line", expect.key));
    }
    expect.key = std::move(pair->key);
    expect.values.push_back(std::move(pair->value));
  } while (!words.empty());
  return expect;
}

Result<Statement> answer(Words& words) {
  ExpectAnswer expect;
  const bool names_client =
      std::ranges::find(kAnswerWords, words.peek()) == kAnswerWords.end();
  if (names_client && words.left() < 2) {
    return wrong_word(words.peek(), suggestion(words.peek(), kAnswerWords));
  }
  if (names_client) {
    const auto word = words.take("which client");
    auto client = parse_client(*word);
    if (!client) return std::unexpected(client.error());
    expect.client = *std::move(client);
  }
  const auto which = words.take_one_of(kAnswerWords);
  if (!which) return std::unexpected(which.error());
  if (kAnswerWords.at(*which) == "nothing") {
    expect.values.emplace();
    return expect;
  }
  expect.answer = static_cast<AnswerKind>(*which);
  while (expect.answer == AnswerKind::ok && !words.empty()) {
    const auto word = words.take("which value");
    auto value = parse_text(*word);
    if (!value) return std::unexpected(value.error());
    if (!expect.values) expect.values.emplace();
    expect.values->push_back(*std::move(value));
  }
  return expect;
}

bool is_node(std::string_view word) {
  return word.size() > 1 && word[0] == 'n' && word[1] >= '0' && word[1] <= '9';
}

}  // namespace

Result<Statement> parse_expect(std::string_view /*word*/, Words& words,
                               const WorldRules& world) {
  if (words.empty()) {
    return wrong_word("expect",
                      "what? ok, refused, unknown, nothing, silence, promises, "
                      "or what a node holds");
  }
  if (is_node(words.peek())) return held(words, world);
  if (words.peek() != "promises") return answer(words);
  disregard(words.take("promises"));
  return ExpectPromises{};
}

}  // namespace kv
