// The scenes on the screen: the question, then what was predicted beside what was seen.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/experiment/scenes.hpp"
#include "common/report/paint.hpp"

namespace kv {

// Empty without scenes.
[[nodiscard]] std::string scenes_text(const std::vector<SceneReport>& scenes,
                                      Style style);

// Errc::conflict where something did not come out as predicted, with all of it in a sentence.
[[nodiscard]] Result<void> promises_kept(const std::vector<SceneReport>& scenes);

}  // namespace kv
