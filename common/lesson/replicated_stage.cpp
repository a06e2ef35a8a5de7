#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

#include "common/lesson/stages.hpp"
#include "common/predictions/copies.hpp"
#include "common/report/numbers.hpp"

namespace kv {

namespace {

using Paragraphs = std::vector<std::string>;

// What is left after a death: who holds what, and what is lost.
std::string survivors(const StepReport& step) {
  const NodeLoad* least = nullptr;
  const NodeLoad* most = nullptr;
  for (const NodeLoad& node : step.nodes) {
    if (node.down) continue;
    if (least == nullptr || node.keys < least->keys) least = &node;
    if (most == nullptr || node.keys > most->keys) most = &node;
  }
  const std::uint64_t lost = step.reachable.front();
  std::string told = fmt::format("{} {}, and {}.", step.node,
                                 step.action == Action::down ? "is down" : "died",
                                 lost == 0 ? "every key can still be reached"
                                           : counted(lost, "key") + " cannot be reached");
  if (most == nullptr) return told;
  if (least->keys == most->keys) {
    return told + fmt::format(" Each survivor holds {} ({} %).",
                              counted(most->keys, "key"), percent(most->share));
  }
  return told + fmt::format(" Each survivor holds {} to {} % of the keys.",
                            percent(least->share), percent(most->share));
}

std::string down_or_removed(const NodeEnd& end) {
  const std::size_t copies = end.down.reachable.size() - 1;
  std::string told = fmt::format(
      "Down is not removed. While {} is down nothing moves, and {} do without one of "
      "their "
      "{}.",
      end.node, counted(end.down.reachable[copies - 1], "key"),
      copies == 1 ? "copies: the only one" : fmt::format("{} copies", copies));
  if (!end.removed) return told;
  return told +
         fmt::format(
             " Once it is removed, {} copies have to be made anew elsewhere: a cost "
             "that a node which is back in a minute should not cause.",
             with_commas(end.removed->remap->moved));
}

std::string walk_or_table(const Run& run) {
  const double walk = run.steps.front().figures[Quantity::cv];
  const double table = run.table->steps.front().figures[Quantity::cv];
  return fmt::format(
      "The walk spreads loads by {} %, the table by {} %, and reads less to find a key. "
      "But everybody who knows the nodes can compute the walk; the table depends on what "
      "happened before, so all nodes have to agree on it after every change.",
      percent(walk), percent(table));
}

Paragraphs notice_copies(const Run& run) {
  Paragraphs paragraphs;
  if (run.steps.size() > 1) {
    const Action action = run.steps[1].action;
    if (action == Action::remove || action == Action::down) {
      paragraphs.push_back(survivors(run.steps[1]));
    }
  }
  if (run.end) paragraphs.push_back(down_or_removed(*run.end));
  if (run.table) paragraphs.push_back(walk_or_table(run));
  const ReplicaSets& sets = *run.steps.front().sets;
  if (*run.replicas > 1 && static_cast<double>(sets.used) == sets.possible) {
    paragraphs.push_back(fmt::format(
        "More tokens are not always better: every set of {} nodes holds some keys, so "
        "whichever {} die together take some with them.",
        *run.replicas, *run.replicas));
  }
  return paragraphs;
}

}  // namespace

const Chapter kReplicatedStage{
    .program = {.name = "v4_replicated_kv",
                .purpose =
                    "Chapter 4: keep every key on several nodes, and lose one. Also: "
                    "sim --help, wal --help.",
                .has_weights = true,
                .has_vnodes = true,
                .has_replicas = true,
                .has_failures = true,
                .has_scenes = true,
                .command = " [demo]"},
    .theory = &predict_walk,
    .title = "CHAPTER 4 - copies",
    .question = "What share of the copies moves, and what does each survivor hold?",
    .to_notice = &notice_copies,
    .why = "v4_replicated_kv/README.md",
    .next = "v4_replicated_kv sim: the same nodes, and thousands of mishaps, from a seed",
};

}  // namespace kv
