// Copies counted by arcs against a dumb twin that asks for every key.
#include "common/experiment/copies.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/predictions/copies.hpp"
#include "common/predictions/ring.hpp"
#include "tests/property/check_predictions.hpp"
#include "tests/property/random_cluster.hpp"
#include "v3_virtual_nodes/fast_ring.hpp"
#include "v4_replicated_kv/demo/both_copies.hpp"

using namespace kv;

namespace {

// A random scenario whose states all have nodes for `copies`, with nodes that go down.
Scenario copies_scenario(Rng& rng, std::uint64_t copies, std::size_t steps) {
  std::vector<Node> first;
  const std::uint64_t count = copies + rng.below(5);
  for (std::uint64_t i = 0; i < count; ++i) {
    first.push_back(
        {.id = {}, .name = "n" + std::to_string(i), .weight = random_weight(rng)});
  }
  std::vector<Step> planned;
  auto scenario = plan(first, planned, copies).value();
  while (planned.size() < steps) {
    const auto& members = scenario.states.back().nodes;
    constexpr std::array kActions{Action::add, Action::remove, Action::weight,
                                  Action::down, Action::up};
    const Action action = kActions[rng.below(kActions.size())];
    planned.push_back({.action = action,
                       .node = action == Action::add
                                   ? "n" + std::to_string(100 + rng.below(20))
                                   : members[rng.below(members.size())].name,
                       .weight = random_weight(rng)});
    if (auto next = plan(first, planned, copies)) {
      scenario = std::move(*next);
    } else {
      planned.pop_back();
    }
  }
  return scenario;
}

// The twin: asks for every key after every step and counts on its fingers.
class AskEveryKey {
 public:
  AskEveryKey(std::vector<KeyHash> keys, std::size_t copies)
      : keys_(std::move(keys)), copies_(copies), held_(keys_.size()) {}

  template <class P>
  void ask(const P& placement, const ClusterState& state) {
    loads.clear();
    moved = 0;
    sideways = 0;
    gave.clear();
    reachable.assign(copies_ + 1, 0);
    sets.clear();
    std::vector<NodeId> list(copies_);
    for (std::size_t k = 0; k < keys_.size(); ++k) {
      placement.owners(keys_[k], list);
      const std::set<NodeId> now(list.begin(), list.end());
      REQUIRE(now.size() == copies_);
      if (!held_[k].empty()) compare(held_[k], now, state.changed);
      std::size_t up = 0;
      for (const NodeId node : now) {
        ++loads[node];
        up += state.is_down(node) ? 0 : 1;
      }
      ++reachable[up];
      sets.insert(now);
      held_[k] = now;
    }
  }

  std::map<NodeId, std::uint64_t> loads;
  std::uint64_t moved = 0, sideways = 0;
  std::set<NodeId> gave;
  std::vector<std::uint64_t> reachable;
  std::set<std::set<NodeId>> sets;

 private:
  void compare(const std::set<NodeId>& before, const std::set<NodeId>& now,
               NodeId changed) {
    std::uint64_t gained_by_others = 0;
    for (const NodeId node : now) {
      if (before.contains(node)) continue;
      ++moved;
      if (node != changed) ++gained_by_others;
    }
    for (const NodeId node : before) {
      if (!now.contains(node)) gave.insert(node);
    }
    // One gain is forced where the node that the step was about gives its copy up.
    const bool forced = before.contains(changed) && !now.contains(changed);
    sideways += gained_by_others - (forced ? 1 : 0);
  }

  std::vector<KeyHash> keys_;
  std::size_t copies_;
  std::vector<std::set<NodeId>> held_;
};

template <class Make>
void check_against_twin(std::uint64_t seed, const Make& make) {
  CAPTURE(seed);
  Rng rng(seed);
  const std::uint64_t copies = 1 + seed % 4;
  const Scenario scenario = copies_scenario(rng, copies, 6);
  const Setup setup{.hash = Hasher(&xxh3, seed),
                    .vnodes = 1 + seed % 12,
                    .nodes = scenario.names.size(),
                    .replicas = copies};
  // Random keys, repeats, both ends of the circle, and keys on and just past arcs' ends.
  std::vector<KeyHash> keys{KeyHash{0}, KeyHash{0}, KeyHash{UINT64_MAX}};
  for (int i = 0; i < 200; ++i) keys.emplace_back(rng.next());
  auto placement = make(setup);
  for (const ClusterState& state : scenario.states) {
    enter(state, placement);
    std::size_t some = 0;
    for (const Token end : placement.arc_ends()) {
      if (++some > 40) break;
      keys.emplace_back(end.raw() << 16);
      keys.emplace_back((end.raw() + 1) << 16);
    }
  }
  const KeyRanks ranks(keys);
  CopyCount arcs(ranks, setup.nodes, copies);
  AskEveryKey twin(keys, copies);
  placement = make(setup);
  for (const ClusterState& state : scenario.states) {
    enter(state, placement);
    const Tally counted = tally(arcs.take(placement), state, copies);
    twin.ask(placement, state);
    REQUIRE(counted.keys == keys.size() * copies);
    for (std::uint32_t id = 0; id < setup.nodes; ++id) {
      REQUIRE(counted.loads[id] == twin.loads[NodeId{id}]);
    }
    REQUIRE(counted.moved == twin.moved);
    REQUIRE(counted.sideways == twin.sideways);
    REQUIRE(counted.donors == twin.gave.size());
    REQUIRE(arcs.reachable(state) == twin.reachable);
    REQUIRE(arcs.sets(state.nodes.size()).used == twin.sets.size());
  }
}

Run run_of(const ExperimentPlan& planned, const KeySet& keys, const auto& make) {
  Progress silent(false);
  return Experiment(planned, keys, make, silent).run();
}

}  // namespace

TEST_CASE("copies counted by arcs are those that asking every key finds: the walk") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) check_against_twin(seed, kWalk);
}

TEST_CASE("copies counted by arcs are those that asking every key finds: the table") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) check_against_twin(seed, kTable);
}

TEST_CASE("a step moves the copies of the node it is about and no others: the walk") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const std::uint64_t copies = 1 + rng.below(4);
    const Scenario scenario = copies_scenario(rng, copies, 8);
    const Hasher hash(&xxh3, seed);
    const KeySet keys = made_up_keys(2000, hash);
    const ExperimentPlan planned{.scenario = scenario,
                                 .setup = {.hash = hash,
                                           .vnodes = 16,
                                           .nodes = scenario.names.size(),
                                           .replicas = copies},
                                 .trials = 0,
                                 .theory = &predict_walk,
                                 .sweeps_vnodes = false};
    const Run run = run_of(planned, keys, kWalk);
    for (std::size_t s = 1; s < run.steps.size(); ++s) {
      const StepReport& step = run.steps[s];
      const StepReport& before = run.steps[s - 1];
      CHECK(step.remap->sideways == 0);
      const auto held = [&](const StepReport& state) {
        const auto node = std::ranges::find(state.nodes, step.node, &NodeLoad::name);
        return node == state.nodes.end() ? std::uint64_t{0} : node->keys;
      };
      const std::uint64_t more = std::max(held(step), held(before));
      CHECK(step.remap->moved == more - std::min(held(step), held(before)));
      // A node that only goes down or comes up moves nothing.
      if (step.action == Action::down || step.action == Action::up) {
        CHECK(step.remap->moved == 0);
      }
    }
  }
}

TEST_CASE(
    "while one node is down its copies are missing, and removing it fills them up") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    const Hasher hash(&xxh3, seed);
    const KeySet keys = made_up_keys(3000, hash);
    const ExperimentPlan planned{
        .scenario = plan(equal_nodes(6),
                         {{Action::down, "node_2", 1}, {Action::remove, "node_2", 1}}, 3)
                        .value(),
        .setup = {.hash = hash, .vnodes = 50, .nodes = 6, .replicas = 3},
        .trials = 0,
        .theory = &predict_walk,
        .sweeps_vnodes = false};
    const Run run = run_of(planned, keys, kWalk);
    const std::uint64_t held = run.steps[0].nodes[1].keys;
    CHECK(run.steps[0].reachable == std::vector<std::uint64_t>{0, 0, 0, 3000});
    CHECK(run.steps[1].reachable == std::vector<std::uint64_t>{0, 0, held, 3000 - held});
    CHECK(run.steps[1].nodes[1].down);
    CHECK(run.steps[1].nodes[1].keys == held);
    CHECK(run.steps[2].remap->moved == held);
    CHECK(run.steps[2].reachable == std::vector<std::uint64_t>{0, 0, 0, 3000});
  }
}

TEST_CASE("one copy by the walk is chapter 3, figure by figure") {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const Scenario scenario = random_scenario(rng, 6, 5);
    const Hasher hash(&xxh3, seed);
    const KeySet keys = made_up_keys(5000, hash);
    ExperimentPlan planned{.scenario = scenario,
                           .setup = {.hash = hash,
                                     .vnodes = 1 + seed % 40,
                                     .nodes = scenario.names.size(),
                                     .replicas = 1},
                           .trials = 0,
                           .theory = &predict_ring,
                           .sweeps_vnodes = false};
    const Run ring =
        run_of(planned, keys, [](const Setup& s) { return FastRing(s.hash, s.vnodes); });
    planned.theory = &predict_walk;
    const Run walk = run_of(planned, keys, kWalk);
    for (std::size_t s = 0; s < ring.steps.size(); ++s) {
      for (const Quantity quantity : kQuantities) {
        CHECK(walk.steps[s].figures[quantity] == ring.steps[s].figures[quantity]);
      }
      REQUIRE(walk.steps[s].predictions.size() == ring.steps[s].predictions.size());
      for (std::size_t p = 0; p < ring.steps[s].predictions.size(); ++p) {
        const CheckedFigure& left = walk.steps[s].predictions[p];
        const CheckedFigure& right = ring.steps[s].predictions[p];
        CHECK(left.predicted == right.predicted);
        CHECK(left.tolerance == right.tolerance);
      }
      CHECK(walk.steps[s].circle == ring.steps[s].circle);
    }
  }
}

TEST_CASE("what nodes are due adds up to the copies, one of each key at most") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    std::vector<Node> nodes;
    const std::uint64_t count = 1 + rng.below(12);
    for (std::uint64_t i = 0; i < count; ++i) {
      nodes.push_back({.id = {}, .name = "n", .weight = random_weight(rng)});
    }
    const std::uint64_t copies = 1 + rng.below(count);
    const auto due = due_shares(nodes, copies);
    double sum = 0;
    for (std::size_t i = 0; i < due.size(); ++i) {
      sum += due[i];
      CHECK(due[i] <= 1 + 1e-12);
      // Who has less than a heavier one has all that its weight is worth.
      for (std::size_t j = 0; j < due.size(); ++j) {
        if (due[j] < 1 - 1e-9 && nodes[i].weight <= nodes[j].weight) {
          CHECK(due[i] * nodes[j].weight == doctest::Approx(due[j] * nodes[i].weight));
        }
      }
    }
    CHECK(sum == doctest::Approx(static_cast<double>(copies)));
  }
}
