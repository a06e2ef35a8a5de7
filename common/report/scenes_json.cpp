#include "common/report/scenes_json.hpp"

#include <cmath>
#include <cstdint>
#include <utility>

namespace kv {

namespace {

using Json = nlohmann::ordered_json;

// A count is an integer, and what has no bound is null.
Json number(const Claim& claim, double value) {
  if (std::isinf(value)) return nullptr;
  return claim.is_time() ? Json(value)
                         : Json(static_cast<std::uint64_t>(std::llround(value)));
}

Json predicted(const Claim& claim) {
  if (const auto* const word = std::get_if<std::string>(&claim.predicted)) return *word;
  if (claim.is_open()) return nullptr;
  const Band& band = std::get<Band>(claim.predicted);
  if (band.low == band.high) return number(claim, band.low);
  return Json::array({number(claim, band.low), number(claim, band.high)});
}

Json measured(const Claim& claim) {
  if (const auto* const word = std::get_if<std::string>(&claim.measured)) return *word;
  return number(claim, std::get<double>(claim.measured));
}

}  // namespace

Json scenes_json(const std::vector<SceneReport>& scenes) {
  Json all = Json::array();
  for (const SceneReport& scene : scenes) {
    Json expected = Json::object();
    Json seen = Json::object();
    Json labels = Json::object();
    for (const Claim& claim : scene.claims) {
      expected[claim.name] = predicted(claim);
      seen[claim.name] = measured(claim);
      labels[claim.name] = claim.label;
    }
    all.push_back({{"name", scene.name},
                   {"question", scene.question},
                   {"predicted", std::move(expected)},
                   {"measured", std::move(seen)},
                   {"ok", scene.ok()},
                   {"labels", std::move(labels)},
                   {"meaning", scene.meaning},
                   {"took_ms", scene.took_ms}});
  }
  return all;
}

}  // namespace kv
