#include "common/experiment/trials.hpp"

#include <algorithm>
#include <numeric>

#include "common/base/check.hpp"

namespace kv {

namespace {

double percentile(const std::vector<double>& sorted, std::size_t percent) {
  const std::size_t rank = (sorted.size() * percent + 99) / 100;  // nearest rank, from 1
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

SeedRange range_of(Quantity quantity, std::vector<double> values) {
  KV_CHECK(!values.empty(), "no trial, no range");
  std::ranges::sort(values);
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return {.quantity = quantity,
          .p5 = percentile(values, 5),
          .mean = sum / static_cast<double>(values.size()),
          .p95 = percentile(values, 95)};
}

std::vector<std::vector<SeedRange>> ranges_of(const std::vector<Trial>& trials,
                                              const Scenario& scenario) {
  std::vector<std::vector<SeedRange>> ranges(scenario.states.size());
  if (trials.empty()) return ranges;
  for (std::size_t s = 0; s < scenario.states.size(); ++s) {
    for (const Quantity quantity : kQuantities) {
      if (needs_a_step(quantity) && s == 0) continue;
      std::vector<double> values;
      for (const Trial& trial : trials) values.push_back(trial[s][quantity]);
      ranges[s].push_back(range_of(quantity, std::move(values)));
    }
  }
  return ranges;
}

}  // namespace kv
