// What the scenes of chapter 4 found out, as plain data: claims about a cluster of real nodes,
// each beside what was seen.
#pragma once

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kv {

// All there are, in the order of the lesson.
inline constexpr std::array<std::string_view, 7> kSceneNames{
    "put_and_get", "slow_replica", "node_down",   "too_few",
    "stale_node",  "torn_log",     "many_threads"};

// Both ends are part of it.
struct Band {
  double low = 0;
  double high = std::numeric_limits<double>::infinity();
};

// A number within a band, or a word that is as predicted.
struct Claim {
  std::string name;   // for programs; a time's ends in _ms or _ns, and differs every run
  std::string label;  // for people
  std::variant<Band, std::string> predicted;
  std::variant<double, std::string> measured;

  [[nodiscard]] bool is_time() const {
    return name.ends_with("_ms") || name.ends_with("_ns");
  }
  // Whether anything at all could disagree.
  [[nodiscard]] bool is_open() const {
    const auto* const band = std::get_if<Band>(&predicted);
    return band != nullptr && band->low <= 0 &&
           band->high == std::numeric_limits<double>::infinity();
  }
  [[nodiscard]] bool agrees() const {
    if (const auto* const word = std::get_if<std::string>(&predicted)) {
      return measured == std::variant<double, std::string>(*word);
    }
    const Band& band = std::get<Band>(predicted);
    const auto* const number = std::get_if<double>(&measured);
    return number != nullptr && *number >= band.low && *number <= band.high;
  }
};

struct SceneReport {
  std::string name;
  std::string question;  // to be answered before reading on
  std::vector<Claim> claims;
  std::string meaning;                  // what follows from it
  std::vector<std::string> notes = {};  // what differs from run to run, in sentences
  double took_ms = 0;

  [[nodiscard]] bool ok() const { return std::ranges::all_of(claims, &Claim::agrees); }
};

}  // namespace kv
