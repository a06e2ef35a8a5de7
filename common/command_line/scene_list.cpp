#include "common/command_line/scene_list.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "common/base/closest_word.hpp"
#include "common/base/text.hpp"
#include "common/experiment/scenes.hpp"

namespace kv {

namespace {

std::unexpected<Error> refuse_scene(std::string_view word, std::string_view what) {
  return fail(Errc::bad_usage, fmt::format("--scenes {}: {}", printable(word), what));
}

}  // namespace

std::string scene_names() {
  return fmt::format("{}", fmt::join(kSceneNames, ", "));
}

Result<std::vector<std::string>> parse_scenes(std::string_view text) {
  std::vector<std::string> scenes;
  if (text == "none") return scenes;
  if (text == "all")
    return std::vector<std::string>(kSceneNames.begin(), kSceneNames.end());
  for (;;) {
    const auto comma = text.find(',');
    const auto word = text.substr(0, comma);
    if (word == "all" || word == "none") return refuse_scene(word, "stands alone");
    if (std::ranges::find(kSceneNames, word) == kSceneNames.end()) {
      const std::string_view closest = closest_word(word, kSceneNames);
      return refuse_scene(
          word, fmt::format("is no scene; {}takes all, none, or some of {}",
                            closest.empty() ? std::string()
                                            : fmt::format("did you mean {}? ", closest),
                            scene_names()));
    }
    if (std::ranges::find(scenes, word) != scenes.end()) {
      return refuse_scene(word, "is named twice");
    }
    scenes.emplace_back(word);
    if (comma == text.npos) return scenes;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace kv
