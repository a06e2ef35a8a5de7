#include "common/command_line/scene_list.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/experiment/scenes.hpp"

namespace kv {

namespace {

// Letters to put in, take out or replace (Levenshtein), row by row.
std::size_t changes_between(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t replaced = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::unexpected<Error> refuse(std::string_view word, std::string_view what) {
  return fail(Errc::bad_usage, fmt::format("--scenes {}: {}", printable(word), what));
}

}  // namespace

std::string scene_names() {
  return fmt::format("{}", fmt::join(kSceneNames, ", "));
}

std::string_view closest_scene(std::string_view word) {
  constexpr std::size_t kLongest = 64;  // what is longer is close to nothing
  const auto short_word = word.substr(0, kLongest);
  return *std::ranges::min_element(kSceneNames, {}, [&](std::string_view name) {
    return changes_between(short_word, name);
  });
}

Result<std::vector<std::string>> parse_scenes(std::string_view text) {
  std::vector<std::string> scenes;
  if (text == "none") return scenes;
  if (text == "all")
    return std::vector<std::string>(kSceneNames.begin(), kSceneNames.end());
  for (;;) {
    const auto comma = text.find(',');
    const auto word = text.substr(0, comma);
    if (word == "all" || word == "none") return refuse(word, "stands alone");
    if (std::ranges::find(kSceneNames, word) == kSceneNames.end()) {
      return refuse(word, fmt::format("is no scene; did you mean {}? takes all, none, or "
                                      "some of {}",
                                      closest_scene(word), scene_names()));
    }
    if (std::ranges::find(scenes, word) != scenes.end()) {
      return refuse(word, "is named twice");
    }
    scenes.emplace_back(word);
    if (comma == text.npos) return scenes;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace kv
