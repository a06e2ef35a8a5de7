// What a program prints as JSON, and the names of what is in it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/programs/run_program.hpp"

namespace kv {

// Of a program that these words run, and that is asked for JSON.
inline nlohmann::json json_of(std::vector<std::string> words) {
  words.insert(words.end(), {"--format", "json"});
  const ProgramEnd outcome = run_program(words);
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  return nlohmann::json::parse(outcome.out);
}

using Names = std::set<std::string>;

inline Names names_in(const nlohmann::json& object) {
  Names names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

}  // namespace kv
