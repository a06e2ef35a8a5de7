// Scripts that are read and played.
#pragma once

#include <string>

#include <doctest/doctest.h>

#include "v4_replicated_kv/simulation/script/parse.hpp"
#include "v4_replicated_kv/simulation/script/player.hpp"

namespace kv::test {

inline PlayReport played(const std::string& text) {
  const auto script = parse_script(text, "s");
  REQUIRE_MESSAGE(script.has_value(), (script ? "" : script.error().detail));
  return play(*script);
}

// What came instead of what was expected; empty if all came.
inline std::string surprise(const std::string& text) {
  const PlayReport report = played(text);
  return report.unmet ? report.unmet->came : "";
}

}  // namespace kv::test
