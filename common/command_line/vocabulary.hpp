// All words that a program or command takes, for whoever completes what a person types.
//
// Idea      made from the very tables by which words are read, so that nothing is offered
//           that is not taken, and nothing that is taken can be forgotten.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/command_line/words.hpp"

namespace kv {

struct Program;

struct FlagWords {
  std::string name;  // with its dashes
  bool has_value = true;
  std::vector<std::string> values{};  // one of these; none: a number, a file, or a text
};

struct Vocabulary {
  std::string program;
  std::string command{};               // the word behind it; empty: none, or left out
  std::vector<std::string> actions{};  // what the next word is one of
  std::vector<FlagWords> flags{};
};

// Of a command that reads its words by CommandWords.
[[nodiscard]] inline Vocabulary vocabulary_of(std::string_view command,
                                              std::span<const std::string_view> actions,
                                              std::span<const Flag> flags) {
  Vocabulary words{.program = "v4_replicated_kv",
                   .command = std::string(command),
                   .actions = {actions.begin(), actions.end()}};
  for (const Flag& flag : flags) {
    words.flags.push_back({.name = std::string(flag.name),
                           .has_value = flag.has_value,
                           .values = {flag.values.begin(), flag.values.end()}});
  }
  return words;
}

// Of a stage's program, or of `compare`.
[[nodiscard]] Vocabulary vocabulary_of(const Program& program);

}  // namespace kv
