// Theory against placements, over many seeds: each printed tolerance must hold for at least
// 95 of 100 seeds, and the mean of the runs must be the value.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "common/experiment/experiment.hpp"
#include "common/hash/functions.hpp"

namespace kv {

inline constexpr std::uint64_t kSeeds = 200;

struct Case {
  std::string name;
  std::vector<Node> nodes;
  std::vector<Step> steps;
  std::uint64_t vnodes;
  std::uint64_t keys;
  bool wide = false;  // theory errs on the wide side here, and says so
};

inline std::vector<Node> equal_nodes(int count) {
  std::vector<Node> nodes;
  for (int i = 1; i <= count; ++i) {
    nodes.push_back({.id = {}, .name = "node_" + std::to_string(i), .weight = 1});
  }
  return nodes;
}

inline KeySet made_up_keys(std::uint64_t count, const Hasher& hash) {
  Progress silent(false);
  return read_keys({.kind = KeySource::Kind::synthetic, .count = count, .path = ""}, hash,
                   silent)
      .value();
}

struct Score {
  std::uint64_t agreed = 0;
  double predicted = 0, tolerance = 0, sum = 0, squares = 0;
};

// Runs the case under every seed, keys and labels alike, and checks each prediction.
template <class Make>
void check_case(const Case& c, Theory theory, const Make& make) {
  CAPTURE(c.name);
  std::map<std::pair<std::size_t, Quantity>, Score> scores;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Hasher hash(&xxh3, seed);
    const ExperimentPlan planned{.scenario = plan(c.nodes, c.steps).value(),
                                 .setup = {.hash = hash, .vnodes = c.vnodes},
                                 .trials = 0,
                                 .theory = theory,
                                 .sweeps_vnodes = false};
    const KeySet keys = made_up_keys(c.keys, hash);
    Progress silent(false);
    const Run run = Experiment(planned, keys, make, silent).run();
    for (std::size_t s = 0; s < run.steps.size(); ++s) {
      for (const CheckedFigure& figure : run.steps[s].predictions) {
        Score& score = scores[{s, figure.quantity}];
        score.agreed += figure.agrees() ? 1 : 0;
        score.predicted = figure.predicted;
        score.tolerance = figure.tolerance;
        score.sum += figure.measured;
        score.squares += figure.measured * figure.measured;
      }
    }
  }
  for (const auto& [where, score] : scores) {
    const auto& [step, quantity] = where;
    CAPTURE(step);
    CAPTURE(name_of(quantity));
    const auto runs = static_cast<double>(kSeeds);
    const double mean = score.sum / runs;
    const double root_mean_square = std::sqrt(score.squares / runs);
    const double deviation = std::sqrt(std::max(0.0, score.squares / runs - mean * mean));
    CHECK(score.agreed * 100 >= kSeeds * 95);
    // The spread's closed form is a root mean square; the others are means. Four standard
    // errors, and half a per cent for what the derivations leave out.
    const double centre = quantity == Quantity::cv ? root_mean_square : mean;
    const double allowed = 4 * deviation / std::sqrt(runs) + 0.005 * score.predicted;
    CHECK(std::abs(centre - score.predicted) <= allowed);
    // A tolerance is three standard deviations of the runs, neither less nor much more;
    // whole numbers get some more.
    if (quantity != Quantity::donors && deviation > 0.02 * score.predicted) {
      CHECK(score.tolerance / 3 > 0.75 * deviation);
      CHECK(score.tolerance / 3 < (c.wide ? 4 : 1.35) * deviation);
    }
  }
}

inline const std::vector<Step> kDefaultSteps{{Action::add, "node_5", 1},
                                             {Action::remove, "node_1", 1}};

}  // namespace kv
