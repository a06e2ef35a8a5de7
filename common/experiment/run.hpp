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
#include "common/experiment/tally.hpp"

namespace kv {

struct NodeLoad {
  std::string name;
  double weight;
  std::uint64_t keys;
  double share;  // of all keys, 0 to 1
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

struct StepReport {
  Action action;
  std::string node;  // empty for Action::initial
  std::vector<NodeLoad> nodes;
  Distribution distribution;
  std::optional<Remap> remap;  // not for Action::initial
  Figures figures;
  std::vector<NodeId> circle;  // who owns a point of each of kSlices equal slices
  std::vector<CheckedFigure> predictions;
  std::vector<SeedRange> trials;  // empty when trials are off

  // Whether some node has a weight other than 1.
  [[nodiscard]] bool weighted() const {
    return std::ranges::any_of(nodes,
                               [](const NodeLoad& load) { return load.weight != 1; });
  }
};

// The load spread of the first nodes for one number of tokens.
struct SweepRow {
  std::uint64_t vnodes;
  double predicted, measured;
  std::optional<SeedRange> trials;
};

// What the reader thought would happen in the first step.
struct Guess {
  Quantity quantity;
  double value;
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
  std::uint64_t trials;
  std::vector<std::string> names;  // by NodeId
  std::vector<StepReport> steps;
  std::vector<SweepRow> sweep;  // stages with virtual nodes only
  std::optional<Guess> guess;

  // The step that a guess is about: the first one, or the initial state when none
  // follows.
  [[nodiscard]] const StepReport& guessed_step() const {
    return steps.size() > 1 ? steps[1] : steps[0];
  }
};

}  // namespace kv
