#include "common/lesson/stages.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "common/lesson/algorithms.hpp"
#include "common/predictions/modular.hpp"
#include "common/predictions/ring.hpp"
#include "common/report/numbers.hpp"

namespace kv {

namespace {

using Paragraphs = std::vector<std::string>;

// The step that the lesson talks about, the first one; or nothing.
const StepReport* lesson_step(const Run& run) {
  return run.steps.size() > 1 ? &run.steps[1] : nullptr;
}

const NodeLoad& fullest(const StepReport& step) {
  return *std::ranges::max_element(step.nodes, {}, &NodeLoad::keys);
}

bool spread_agrees(const StepReport& step) {
  const auto found =
      std::ranges::find(step.predictions, Quantity::cv, &CheckedFigure::quantity);
  return found != step.predictions.end() && found->agrees();
}

Paragraphs notice_modular(const Run& run) {
  const StepReport& first = run.steps.front();
  const std::string spread = percent(first.figures[Quantity::cv]);
  Paragraphs paragraphs;
  if (spread_agrees(first)) {
    paragraphs.push_back(fmt::format(
        "The load is as even as chance allows: {} % is a spread to expect of {}. "
        "Modulo is not unbalanced, it is unstable.",
        spread, counted(run.keys.count, "key")));
  } else {
    paragraphs.push_back(
        fmt::format("The spread is {} %, and chance alone does not explain it: does {} "
                    "scatter these keys well?",
                    spread, run.hash));
  }
  const StepReport* const step = lesson_step(run);
  if (step != nullptr && step->remap->sideways > 0) {
    paragraphs.push_back(fmt::format(
        "One node changed and {} % of the keys moved, {} % between two nodes that did "
        "not change at all. In front of a database, every one of these is a cache miss, "
        "and "
        "all of them at once: a cache-miss storm.",
        percent(step->remap->moved_share), percent(step->figures[Quantity::sideways])));
  }
  return paragraphs;
}

std::string ring_change(const StepReport& step) {
  const auto& flows = step.remap->flows;
  if (flows.empty()) {
    return fmt::format("{} changed and no key moved: its arc holds none.", step.node);
  }
  return fmt::format(
      "Only {} gave anything up, and only {} got it: {} % of the keys. "
      "Nothing moved sideways; every other node can sleep on.",
      flows.front().from, flows.front().to, percent(step.remap->moved_share));
}

Paragraphs notice_ring(const Run& run) {
  Paragraphs paragraphs;
  if (const StepReport* step = lesson_step(run)) paragraphs.push_back(ring_change(*step));
  const StepReport& first = run.steps.front();
  if (first.nodes.size() == 1) return paragraphs;
  const double hottest = first.distribution.max_over_mean();
  if (hottest < 1.2) {
    paragraphs.push_back(
        fmt::format("The fullest node, {}, holds {} times the mean: a lucky seed. Random "
                    "points cut a circle very unevenly: compare it with the others "
                    "(--trials, --seed).",
                    fullest(first).name, plain(hottest)));
    return paragraphs;
  }
  paragraphs.push_back(fmt::format(
      "{}{} holds {} times the mean: a hot spot. Random points cut a circle very "
      "unevenly, "
      "and one seed may be lucky: compare it with the others (--trials, --seed).",
      paragraphs.empty() ? "" : "But ", fullest(first).name, plain(hottest)));
  return paragraphs;
}

std::string virtual_node_change(const StepReport& step) {
  const Remap& remap = *step.remap;
  const bool shared = remap.donors > 1 || remap.receivers > 1;
  return fmt::format("{} % of the keys moved, none of them sideways, from {} to {}{}.",
                     percent(remap.moved_share), counted(remap.donors, "donor"),
                     counted(remap.receivers, "receiver"),
                     shared ? ": the work of a change is shared" : "");
}

Paragraphs notice_virtual_nodes(const Run& run) {
  const StepReport& first = run.steps.front();
  Paragraphs paragraphs{fmt::format(
      "The spread is {} % at {} a node. It falls with the square root of the tokens: a "
      "tenth of the spread costs a hundred times the tokens, so 1 % takes thousands, not "
      "hundreds.",
      percent(first.figures[Quantity::cv]), counted(run.vnodes.value_or(1), "token"))};
  if (const StepReport* step = lesson_step(run)) {
    paragraphs.push_back(virtual_node_change(*step));
  }
  paragraphs.push_back(fmt::format(
      "There is still one copy of every key. If {} dies instead of leaving, its {} are "
      "gone: a single point of failure.",
      first.nodes.front().name, counted(first.nodes.front().keys, "key")));
  return paragraphs;
}

// The least that any fair placement must move: what the changed node's fair share grows or
// shrinks by.
double least_move(const StepReport& before, const StepReport& after) {
  const auto fair = [&](const StepReport& step) {
    double weights = 0;
    double own = 0;
    for (const NodeLoad& node : step.nodes) {
      weights += node.weight;
      if (node.name == after.node) own = node.weight;
    }
    return own / weights;
  };
  return std::abs(fair(after) - fair(before));
}

Paragraphs notice_alternative(const Algorithm& algorithm, const Run& run) {
  Paragraphs paragraphs{std::string(algorithm.idea)};
  for (std::size_t s = 1; s < run.steps.size(); ++s) {
    const StepReport& step = run.steps[s];
    paragraphs.push_back(fmt::format(
        "Step {} moved {} % of the keys, {} % sideways; fair shares alone would move {} "
        "%.",
        s, percent(step.remap->moved_share), percent(step.figures[Quantity::sideways]),
        percent(least_move(run.steps[s - 1], step))));
  }
  return paragraphs;
}

}  // namespace

Lesson lesson_of(const Chapter& stage, const Algorithm* algorithm, const Run& run) {
  if (algorithm != nullptr && algorithm != &stage.program.algorithms().front()) {
    return {.title = fmt::format("CHAPTER 3 - instead of a ring: {}", algorithm->title),
            .caveat = std::string(algorithm->caveat),
            .question = stage.question,
            .to_notice = notice_alternative(*algorithm, run),
            .why = "v3_virtual_nodes/alternatives/README.md",
            .next = "compare --algorithms: all of them, with their cost"};
  }
  return {.title = std::string(stage.title),
          .caveat = "",
          .question = stage.question,
          .to_notice = stage.to_notice(run),
          .why = stage.why,
          .next = stage.next};
}

const Chapter kModularStage{
    .program = {.name = "v1_modular",
                .purpose = "Chapter 1: place keys by hash(key) % n, then change n.",
                .has_weights = false,
                .has_vnodes = false},
    .theory = &predict_modular,
    .title = "CHAPTER 1 - the remainder",
    .question = "What share of the keys moves, and between which nodes?",
    .to_notice = &notice_modular,
    .why = "v1_modular/README.md",
    .next = "v2_consistent: take n out of the formula",
};

const Chapter kRingStage{
    .program = {.name = "v2_consistent",
                .purpose = "Chapter 2: place keys on a ring, one point a node.",
                .has_weights = false,
                .has_vnodes = false},
    .theory = &predict_ring,
    .title = "CHAPTER 2 - the ring",
    .question = "What share of the keys moves, and from how many nodes?",
    .to_notice = &notice_ring,
    .why = "v2_consistent/README.md",
    .next = "v3_virtual_nodes: cut finer",
};

const Chapter kVirtualNodeStage{
    .program = {.name = "v3_virtual_nodes",
                .purpose = "Chapter 3: place keys on a ring, many points a node.",
                .has_weights = true,
                .has_vnodes = true,
                .algorithms = &all_algorithms,
                .has_bank = true},
    .theory = &predict_ring,
    .title = "CHAPTER 3 - virtual nodes",
    .question = "What share of the keys moves, and how even are the loads?",
    .to_notice = &notice_virtual_nodes,
    .why = "v3_virtual_nodes/README.md",
    .next = "v4_replicated_kv: keep more than one copy",
};

const Program kCompareProgram{
    .name = "compare",
    .purpose = "All stages side by side, on the same keys, nodes and steps.",
    .has_weights = false,
    .has_vnodes = true,
    .surveys = true,
    .has_replicas = true,
};

}  // namespace kv
