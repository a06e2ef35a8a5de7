// Theory against placements, over many seeds: each printed tolerance must hold for at
// least 95 of 100 seeds, and the mean of the runs must be the value.
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

// A figure's runs under all seeds.
struct Score {
  std::uint64_t agreed = 0;
  double predicted = 0, tolerance = 0, sum = 0, squares = 0;

  void add(const CheckedFigure& figure) {
    agreed += figure.agrees() ? 1 : 0;
    predicted = figure.predicted;
    tolerance = figure.tolerance;
    sum += figure.measured;
    squares += figure.measured * figure.measured;
  }
  [[nodiscard]] double mean() const { return sum / static_cast<double>(kSeeds); }
  [[nodiscard]] double mean_square() const {
    return squares / static_cast<double>(kSeeds);
  }
  [[nodiscard]] double deviation() const {
    return std::sqrt(std::max(0.0, mean_square() - mean() * mean()));
  }
};

using Scores = std::map<std::pair<std::size_t, Quantity>, Score>;  // of a step's figure

// Runs under every seed, keys and labels alike, what `plan_of` says for the seed's hash.
template <class Make>
Scores scores_of(std::uint64_t keys, const auto& plan_of, const Make& make) {
  Scores scores;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Hasher hash(&xxh3, seed);
    const ExperimentPlan planned = plan_of(hash);
    const KeySet made_up = made_up_keys(keys, hash);
    Progress silent(false);
    const Run run = Experiment(planned, made_up, make, silent).run();
    for (std::size_t s = 0; s < run.steps.size(); ++s) {
      for (const CheckedFigure& figure : run.steps[s].predictions) {
        scores[{s, figure.quantity}].add(figure);
      }
    }
  }
  return scores;
}

// Most runs agree, and their centre is the value: the spread's closed form is a root mean
// square; the others are means. Four standard errors, and `slack` of the value for what
// the derivations leave out.
inline void check_centre(const Score& score, Quantity quantity, double slack) {
  const double centre =
      quantity == Quantity::cv ? std::sqrt(score.mean_square()) : score.mean();
  const double error = score.deviation() / std::sqrt(static_cast<double>(kSeeds));
  CAPTURE(score.predicted);
  CAPTURE(score.tolerance);
  CAPTURE(centre);
  CAPTURE(error);
  CHECK(score.agreed * 100 >= kSeeds * 95);
  CHECK(std::abs(centre - score.predicted) <= 4 * error + slack * score.predicted + 1e-9);
}

// Checks each prediction of the case.
template <class Make>
void check_case(const Case& c, Theory theory, const Make& make) {
  CAPTURE(c.name);
  const auto plan_of = [&](const Hasher& hash) {
    return ExperimentPlan{.scenario = plan(c.nodes, c.steps).value(),
                          .setup = {.hash = hash, .vnodes = c.vnodes},
                          .trials = 0,
                          .theory = theory,
                          .sweeps_vnodes = false};
  };
  for (const auto& [where, score] : scores_of(c.keys, plan_of, make)) {
    const auto& [step, quantity] = where;
    CAPTURE(step);
    CAPTURE(name_of(quantity));
    check_centre(score, quantity, 0.005);
    // A tolerance is three standard deviations of the runs, neither less nor much more;
    // whole numbers get some more.
    const double deviation = score.deviation();
    if (quantity != Quantity::donors && deviation > 0.02 * score.predicted) {
      CHECK(score.tolerance / 3 > 0.75 * deviation);
      CHECK(score.tolerance / 3 < (c.wide ? 4 : 1.35) * deviation);
    }
  }
}

inline const std::vector<Step> kDefaultSteps{{Action::add, "node_5", 1},
                                             {Action::remove, "node_1", 1}};

}  // namespace kv
