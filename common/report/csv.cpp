#include "common/report/csv.hpp"

#include <iterator>

#include <fmt/format.h>

namespace kv {

namespace {

std::string field(const std::string& text) {
  if (text.find_first_of("\",\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string optional_field(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

void append_step(const Run& run, std::size_t index, std::string& out) {
  const StepReport& step = run.steps[index];
  const Distribution& all = step.distribution;
  const std::string distribution =
      fmt::format("{},{},{},{},{},{},{}", all.mean, all.min, all.max, all.min_over_mean(),
                  all.max_over_mean(), all.stddev, all.cv());
  const std::string remap =
      step.remap
          ? fmt::format("{},{},{},{},{}", step.remap->moved, step.remap->moved_share,
                        optional_field(step.remap->predicted_share), step.remap->sideways,
                        step.remap->donors)
          : ",,,,";
  for (const NodeLoad& node : step.nodes) {
    fmt::format_to(std::back_inserter(out), "{},{},{},{},{},{},{},{},{},{}\n", run.stage,
                   index, name_of(step.action), field(step.node), field(node.name),
                   node.weight, node.keys, node.share, distribution, remap);
  }
}

}  // namespace

std::string render_csv(const std::vector<Run>& runs) {
  std::string out =
      "stage,step,action,changed,node,weight,keys,share,mean,min,max,min_over_mean,"
      "max_over_mean,stddev,cv,moved,moved_share,predicted_share,sideways,donors\n";
  for (const Run& run : runs) {
    for (std::size_t s = 0; s < run.steps.size(); ++s) append_step(run, s, out);
  }
  return out;
}

}  // namespace kv
