#include "common/report/facts.hpp"

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/report/numbers.hpp"

namespace kv {

std::string facts_of(const Run& run) {
  const StepReport& first = run.steps.front();
  std::string facts = fmt::format(
      "{}, {} from {}, hash {}, seed {}", counted(first.nodes.size(), "node"),
      counted(run.keys.count, "key"),
      run.keys.made_up ? "key-0 on" : printable(run.keys.source), run.hash, run.seed);
  if (run.replicas) {
    facts +=
        fmt::format(", {} {}", *run.replicas, *run.replicas == 1 ? "copy" : "copies");
  }
  if (run.vnodes) {
    facts += fmt::format(", {} {}", counted(*run.vnodes, "token"),
                         first.weighted() ? "per unit of weight" : "a node");
  }
  if (run.trials > 0) facts += ", " + counted(run.trials, "trial");
  return facts;
}

}  // namespace kv
