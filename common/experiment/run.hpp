// Everything a stage found out, as plain data: reports read this and nothing else.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/experiment/quantities.hpp"
#include "common/experiment/scenario.hpp"
#include "common/experiment/scenes.hpp"
#include "common/experiment/tally.hpp"

namespace kv {

struct NodeLoad {
  std::string name;
  double weight;
  std::uint64_t keys;
  double share;       // of all keys, 0 to 1
  bool down = false;  // keeps its keys, but nobody can reach them
};

struct Flow {
  std::string from, to;  // two different nodes
  std::uint64_t keys;
};

struct Remap {
  std::uint64_t moved;
  double moved_share;
  std::optional<double> predicted_share;  // none where theory has no closed form
  std::uint64_t sideways;
  std::uint64_t donors;
  std::uint64_t receivers;
  std::vector<Flow> flows;
};

// A number beside the claim it tests.
struct CheckedFigure {
  Quantity quantity;
  double predicted, measured;
  double tolerance;  // same unit; from the theory, not from taste

  [[nodiscard]] bool agrees() const {
    return measured >= predicted - tolerance && measured <= predicted + tolerance;
  }
};

// Where one quantity fell in many runs that differ by seed only.
struct SeedRange {
  Quantity quantity;
  double p5, mean, p95;
};

// Slices of the circle of all hashes, clockwise from 0, for the pictures.
inline constexpr std::size_t kSlices = 720;

// How many different groups of nodes hold all copies of some key, of how many there could
// be. When so many nodes die at once as a key has copies, keys are lost if they are one.
struct ReplicaSets {
  std::uint64_t used;
  double possible;
};

struct StepReport {
  Action action;
  std::string node;  // empty for Action::initial
  std::vector<NodeLoad> nodes;
  Distribution distribution;
  std::optional<Remap> remap;  // not for Action::initial
  Figures figures;
  // Who owns a point of each of kSlices equal slices; with copies, the first of its nodes
  // for each slice, then the second for each, and so on.
  std::vector<NodeId> circle;
  std::vector<CheckedFigure> predictions;
  std::vector<SeedRange> trials;  // empty when trials are off
  // Where a key has copies, which keys above then counts: how many keys have 0, 1, 2, ... of
  // theirs on nodes that are up, and which groups of nodes hold them.
  std::vector<std::uint64_t> reachable = {};
  std::optional<ReplicaSets> sets = {};

  // Whether some node has a weight other than 1.
  [[nodiscard]] bool weighted() const {
    return std::ranges::any_of(nodes,
                               [](const NodeLoad& load) { return load.weight != 1; });
  }
  // Whether some node is down.
  [[nodiscard]] bool impaired() const {
    return std::ranges::any_of(nodes, &NodeLoad::down);
  }
  // Whether copies were counted rather than keys.
  [[nodiscard]] bool of_copies() const { return !reachable.empty(); }
};

// The load spread of the first nodes for one number of tokens.
struct SweepRow {
  std::uint64_t vnodes;
  std::optional<double> predicted;  // none where theory has no closed form
  double measured;
  std::optional<SeedRange> trials;
  std::optional<ReplicaSets> sets = {};  // with copies
};

// What the reader thought would happen in the first step.
struct Guess {
  Quantity quantity;
  double value;
};

// One node's end in two ways, both from the initial state: down, with its copies out of
// reach, or removed, with others in its place.
struct NodeEnd {
  std::string node;
  StepReport down;
  std::optional<StepReport> removed;  // none where no other node could take a copy
};

// The same scenario with a table that says which nodes hold each of so many equal parts of
// the hash space.
struct TableRun {
  std::uint64_t partitions;
  std::uint64_t bytes;       // of the table,
  std::uint64_t ring_bytes;  // and of the tokens that it stands against
  std::vector<StepReport> steps;
};

struct KeyFacts {
  bool made_up;
  std::string source;  // "synthetic", a path or "standard input"
  std::uint64_t count;
  std::uint64_t skipped;   // empty lines
  std::uint64_t distinct;  // made-up keys all are; others are told apart by their hash
  double independent;      // how many distinct keys would scatter as much
};

struct Run {
  std::string stage;
  std::string algorithm;  // where it can be chosen
  std::string hash;
  std::uint64_t seed;
  KeyFacts keys;
  std::uint64_t tokens_a_node = 0;      // per unit of weight; 0 where there is no ring
  std::optional<std::uint64_t> vnodes;  // the same, where it can be chosen
  std::optional<std::uint64_t> replicas = {};  // copies of a key, where it can be chosen
  std::uint64_t trials;
  std::vector<std::string> names;  // by NodeId
  std::vector<StepReport> steps;
  std::vector<SweepRow> sweep;  // stages with virtual nodes only
  std::optional<Guess> guess;
  // With copies: the same scenario again with a partition table, and a node's end.
  std::optional<TableRun> table = {};
  std::optional<NodeEnd> end = {};
  std::vector<SceneReport> scenes =
      {};  // of a cluster at work; empty where none was played

  // The step that a guess is about: the first one, or the initial state when none
  // follows.
  [[nodiscard]] const StepReport& guessed_step() const {
    return steps.size() > 1 ? steps[1] : steps[0];
  }
};

}  // namespace kv
