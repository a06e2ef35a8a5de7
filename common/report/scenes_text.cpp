#include "common/report/scenes_text.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

#include "common/report/numbers.hpp"
#include "common/report/text.hpp"

namespace kv {

namespace {

// Counts are whole; times have three digits.
std::string number_text(const Claim& claim, double value) {
  return claim.is_time() ? plain(value)
                         : with_commas(static_cast<std::uint64_t>(std::llround(value)));
}

std::string predicted_text(const Claim& claim) {
  if (const auto* const word = std::get_if<std::string>(&claim.predicted)) return *word;
  if (claim.is_open()) return "";
  const Band& band = std::get<Band>(claim.predicted);
  if (band.low == band.high) return number_text(claim, band.low);
  if (std::isinf(band.high)) return "from " + number_text(claim, band.low);
  if (band.low <= 0) return "up to " + number_text(claim, band.high);
  return fmt::format("{} to {}", number_text(claim, band.low),
                     number_text(claim, band.high));
}

std::string measured_text(const Claim& claim) {
  if (const auto* const word = std::get_if<std::string>(&claim.measured)) return *word;
  return number_text(claim, std::get<double>(claim.measured));
}

std::string verdict(const Claim& claim, Style style) {
  if (claim.is_open()) return "";
  return claim.agrees() ? paint(style, Ink::good, "ok") : paint(style, Ink::bad, "OFF");
}

std::string scene_text(const SceneReport& scene, std::size_t number, Style style) {
  std::string out = "\n" + heading(style, fmt::format("SCENE {}", number),
                                   fmt::format("{}: {}", scene.name, scene.question));
  out += fmt::format("\n  {:<42}{:>19}{:>19}\n", "", "predicted", "this run");
  for (const Claim& claim : scene.claims) {
    std::string line =
        fmt::format("  {:<42}{:>19}{:>19} {}", claim.label, predicted_text(claim),
                    measured_text(claim), verdict(claim, style));
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out + "\n" + wrapped("  ", scene.meaning);
}

}  // namespace

std::string scenes_text(const std::vector<SceneReport>& scenes, Style style) {
  if (scenes.empty()) return "";
  std::string out =
      "\n" + heading(style, "A CLUSTER AT WORK",
                     "Real nodes in this process, each with its log in a temporary "
                     "directory. Answer before you look at the numbers. Times, in ms or "
                     "ns, are never the same twice; the rest is.");
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    out += scene_text(scenes[i], i + 1, style);
  }
  return out;
}

Result<void> promises_kept(const std::vector<SceneReport>& scenes) {
  std::string told;
  for (const SceneReport& scene : scenes) {
    for (const Claim& claim : scene.claims) {
      if (claim.agrees()) continue;
      told += fmt::format("{}scene {}: {}: predicted {}, was {}",
                          told.empty() ? "" : "; ", scene.name, claim.label,
                          predicted_text(claim), measured_text(claim));
    }
  }
  if (told.empty()) return {};
  return fail(Errc::conflict, told);
}

}  // namespace kv
