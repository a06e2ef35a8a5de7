// What theory says of copies against both ways of placing them, over many seeds.
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "common/predictions/copies.hpp"
#include "tests/property/check_predictions.hpp"
#include "v4_replicated_kv/demo/both_copies.hpp"

using namespace kv;

namespace {

// Checks each prediction of the case, at so many copies.
template <class Make>
void check_theory(const Case& c, std::uint64_t copies, Theory theory, const Make& make,
                  double slack = 0.01) {
  CAPTURE(c.name);
  const auto plan_of = [&](const Hasher& hash) {
    return ExperimentPlan{
        .scenario = plan(c.nodes, c.steps, copies).value(),
        .setup = {.hash = hash, .vnodes = c.vnodes, .nodes = 20, .replicas = copies},
        .trials = 0,
        .theory = theory,
        .sweeps_vnodes = false};
  };
  const Scores scores = scores_of(c.keys, plan_of, make);
  CHECK(scores.size() >= c.steps.size() + 1);
  for (const auto& [where, score] : scores) {
    const auto& [step, quantity] = where;
    CAPTURE(step);
    CAPTURE(name_of(quantity));
    check_centre(score, quantity, slack);
    // Theory may err on the wide side, but says something.
    const double deviation = score.deviation();
    if (deviation > 0.02 * score.predicted) {
      CHECK(score.tolerance / 3 > 0.7 * deviation);
      if (!c.wide) CHECK(score.tolerance / 3 < 1.6 * deviation);
    }
  }
}

const std::vector<Step> kDeathThenJoin{{Action::remove, "node_1", 1},
                                       {Action::add, "new", 1}};

std::vector<Node> weighted_nodes() {
  return {{.id = {}, .name = "a", .weight = 1},   {.id = {}, .name = "b", .weight = 2},
          {.id = {}, .name = "c", .weight = 0.5}, {.id = {}, .name = "d", .weight = 1},
          {.id = {}, .name = "e", .weight = 2},   {.id = {}, .name = "f", .weight = 1}};
}

}  // namespace

TEST_CASE("predictions hold for copies by the walk") {
  check_theory({"4 nodes, 3 copies", equal_nodes(4), kDeathThenJoin, 160, 20'000}, 3,
               &predict_walk, kWalk, 0.02);
  check_theory({"10 nodes, 3 copies", equal_nodes(10), kDeathThenJoin, 40, 20'000}, 3,
               &predict_walk, kWalk, 0.03);
  check_theory({"6 nodes, 2 copies", equal_nodes(6), kDeathThenJoin, 300, 50'000}, 2,
               &predict_walk, kWalk);
  check_theory({"12 nodes, 5 copies", equal_nodes(12), kDeathThenJoin, 500, 50'000}, 5,
               &predict_walk, kWalk, 0.02);
}

TEST_CASE("predictions hold for copies by the walk with few tokens") {
  check_theory({"one token", equal_nodes(10), kDeathThenJoin, 1, 20'000, true}, 3,
               &predict_walk, kWalk, 0.02);
  // Between one token and many only bounds are known.
  check_theory({"two tokens", equal_nodes(10), kDeathThenJoin, 2, 20'000, true}, 3,
               &predict_walk, kWalk, 0.1);
  check_theory(
      {"eight tokens, all but one", equal_nodes(6), kDeathThenJoin, 8, 20'000, true}, 5,
      &predict_walk, kWalk, 0.15);
}

TEST_CASE("predictions hold for copies by the walk with weights") {
  check_theory({"weights",
                weighted_nodes(),
                {{Action::remove, "b", 1}, {Action::add, "g", 2}},
                200,
                20'000,
                true},
               3, &predict_walk, kWalk, 0.03);
  check_theory({"weight up and down",
                weighted_nodes(),
                {{Action::weight, "c", 2}, {Action::weight, "b", 0.5}},
                200,
                20'000,
                true},
               2, &predict_walk, kWalk, 0.03);
}

TEST_CASE("predictions hold for a table of partitions") {
  check_theory({"4 nodes, 3 copies", equal_nodes(4), kDeathThenJoin, 16, 100'000, true},
               3, &predict_table, kTable, 0.1);
  check_theory({"weights", weighted_nodes(), {{Action::add, "g", 2}}, 16, 20'000, true},
               3, &predict_table, kTable, 0.1);
}
