#include "common/lesson/patience.hpp"

#include <fmt/format.h>

namespace kv {

namespace {

// What the look-ups of one trial visit: every key's, in every state.
double visits_a_trial(const Options& options, std::uint64_t keys) {
  const std::uint64_t visits =
      options.algorithm != nullptr ? options.algorithm->visits : 0;
  double sum = 0;
  for (const ClusterState& state : options.scenario.states) {
    sum += static_cast<double>(visits == kEveryNode ? state.nodes.size() : visits);
  }
  return sum * static_cast<double>(keys);
}

}  // namespace

std::uint64_t affordable_trials(const Options& options, std::uint64_t keys) {
  const double work = visits_a_trial(options, keys);
  const auto asked = static_cast<double>(options.trials);
  if (options.trials_given || work * asked <= kVisitsMax) return options.trials;
  const auto affordable = static_cast<std::uint64_t>(kVisitsMax / work);
  return affordable < kTrialsMin ? 0 : affordable;
}

std::string words_on_trials(const Options& options, std::uint64_t shown) {
  return fmt::format(
      "That many look-ups take their time, so {} seeds are shown beside this run; "
      "--trials {} shows all.",
      shown == 0 ? "no other" : fmt::format("only {} other", shown), options.trials);
}

}  // namespace kv
