#include "common/predictions/copies.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "common/predictions/chance.hpp"
#include "common/predictions/draws.hpp"
#include "common/predictions/ring.hpp"

namespace kv {

namespace {

double tokens_of(const Change& change, const Node& node) {
  return static_cast<double>(tokens_for(node.weight, change.vnodes));
}

const Node* member(const ClusterState& state, NodeId id) {
  const auto node = std::ranges::find(state.nodes, id, &Node::id);
  return node == state.nodes.end() ? nullptr : &*node;
}

// Every node's share of the keys and its variance, by tokens. Empty where there are too
// many kinds of nodes to add up.
std::map<double, Holding> holdings_in(const Change& change, const ClusterState& state) {
  std::vector<NodesAlike> kinds;
  for (const Node& node : state.nodes) {
    const double tokens = tokens_of(change, node);
    const auto kind = std::ranges::find(kinds, tokens, &NodesAlike::tokens);
    if (kind == kinds.end()) {
      kinds.push_back({.tokens = tokens, .nodes = 1});
    } else {
      kind->nodes += 1;
    }
  }
  return holdings(kinds, change.replicas);
}

Prediction nothing(Quantity quantity) {
  return {.quantity = quantity, .value = 0, .tolerance = 0};
}

// A share of all copies: `share` of the keys have one that counts.
Prediction share_of_copies(const Change& change, Holding moved) {
  const auto copies = static_cast<double>(change.replicas);
  const double counting =
      (moved.share * (1 - moved.share) - moved.variance) / change.keys;
  return {
      .quantity = Quantity::moved,
      .value = moved.share / copies,
      .tolerance = (kTolerance * root(moved.variance + counting) + moved.doubt) / copies};
}

// Nodes that give copies to `changed`, which gains b tokens.
std::optional<Prediction> donors_to(const Change& change, double b) {
  double total = b;
  bool single = true;
  for (const Node& node : change.before->nodes) {
    total += tokens_of(change, node);
    single = single && tokens_of(change, node) == 1;
  }
  const double felt = change.keys / (total - 1 + change.keys);  // arcs that hold a key
  if (single && b == 1 && change.after->action == Action::add) {
    const auto copies = static_cast<double>(change.replicas);
    return Prediction{.quantity = Quantity::donors,
                      .value = copies * felt,
                      .tolerance = count_tolerance(copies * felt * (1 - felt))};
  }
  double missed = 0;
  double others = 0;
  for (const Node& node : change.before->nodes) {
    if (node.id == change.after->changed) continue;
    missed +=
        power(1 - tokens_of(change, node) / total, static_cast<std::uint64_t>(b * felt));
    others += 1;
  }
  if (missed > 0.01) return std::nullopt;
  return Prediction{.quantity = Quantity::donors, .value = others, .tolerance = 0};
}

void predict_walk_step(const Change& change, std::vector<Prediction>& predictions) {
  const Node* const was = member(*change.before, change.after->changed);
  const Node* const is = member(*change.after, change.after->changed);
  const double before = was != nullptr ? tokens_of(change, *was) : 0;
  const double after = is != nullptr ? tokens_of(change, *is) : 0;
  const bool all_hold_all = change.before->nodes.size() == change.replicas &&
                            change.after->nodes.size() == change.replicas;
  if (before == after || all_hold_all) {
    for (const Quantity quantity :
         {Quantity::moved, Quantity::sideways, Quantity::donors}) {
      predictions.push_back(nothing(quantity));
    }
    return;
  }
  Holding moved;
  const auto old_holdings = holdings_in(change, *change.before);
  const auto new_holdings = holdings_in(change, *change.after);
  if (old_holdings.empty() || new_holdings.empty()) return;
  if (was != nullptr) moved = old_holdings.at(before);
  if (is != nullptr) {
    const Holding& now = new_holdings.at(after);
    moved.share = std::abs(now.share - moved.share);
    // As if what it held before and after had nothing to do with each other, which errs on
    // the wide side where the node was there before.
    moved.variance += now.variance;
    moved.doubt += now.doubt;
  }
  predictions.push_back(share_of_copies(change, moved));
  predictions.push_back(nothing(Quantity::sideways));
  if (after < before) {
    predictions.push_back(counted_donors(1, moved.share, change.keys));
  } else if (const auto donors = donors_to(change, after - before)) {
    predictions.push_back(*donors);
  }
}

// What spread there is where every node holds every key.
bool predict_full(const Change& change, std::vector<Prediction>& predictions) {
  if (change.after->nodes.size() > change.replicas) return false;
  predictions.push_back(nothing(Quantity::cv));
  predictions.push_back(
      {.quantity = Quantity::max_over_mean, .value = 1, .tolerance = 0});
  return true;
}

void predict_walk_spread(const Change& change, std::vector<Prediction>& predictions) {
  if (predict_full(change, predictions)) return;
  const auto holds = holdings_in(change, *change.after);
  if (holds.empty()) return;
  const auto& nodes = change.after->nodes;
  const auto due = due_shares(nodes, change.replicas);
  const auto n = static_cast<double>(nodes.size());
  double squares = 0;
  double fourths = 0;
  double doubt = 0;
  bool equal = true;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const double tokens = tokens_of(change, nodes[i]);
    const Holding& held = holds.at(tokens);
    const double counting = (held.share * (1 - held.share) - held.variance) / change.keys;
    const double bias = held.share - due[i];
    const double chance = (held.variance + counting) / (due[i] * due[i]);
    squares += chance + bias * bias / (due[i] * due[i]);
    // Of (bias + x)^2, x being chance: the kurtosis of a sum of that many arcs, and the
    // part where bias and chance go together.
    fourths +=
        chance * chance * (2 + 6 / tokens) + 4 * chance * bias * bias / (due[i] * due[i]);
    doubt = std::max(doubt, held.doubt / due[i]);
    equal = equal && nodes[i].weight == nodes.front().weight;
  }
  const double cv = root(squares / n);
  const double relative = equal
                              ? relative_spread_of_cv(n, tokens_of(change, nodes.front()))
                              : root(fourths) / (2 * squares);
  predictions.push_back({.quantity = Quantity::cv,
                         .value = cv,
                         .tolerance = kTolerance * cv * relative + doubt});
}

// The due share of a node, which need not be a member.
double due_of(const ClusterState& state, NodeId id, std::uint64_t copies) {
  const auto shares = due_shares(state.nodes, copies);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (state.nodes[i].id == id) return shares[i];
  }
  return 0;
}

bool equal_weights(const ClusterState& state) {
  const double weight = state.nodes.front().weight;
  return std::ranges::all_of(state.nodes,
                             [=](const Node& node) { return node.weight == weight; });
}

void predict_table_step(const Change& change, std::vector<Prediction>& predictions) {
  const NodeId changed = change.after->changed;
  const double gained = due_of(*change.after, changed, change.replicas) -
                        due_of(*change.before, changed, change.replicas);
  const double share = std::abs(gained);
  if (share == 0) {
    predictions.push_back(nothing(Quantity::moved));
    predictions.push_back(nothing(Quantity::sideways));
    predictions.push_back(nothing(Quantity::donors));
    return;
  }
  // Copies that are given up may find no taker below its due that does not have one of them
  // already; then others make room. Equal nodes never have to.
  if (gained < 0 && !(equal_weights(*change.before) && equal_weights(*change.after))) {
    return;
  }
  const auto copies = static_cast<double>(change.replicas);
  const double rounding = 1 / static_cast<double>(kTablePartitions);
  const double counting = counting_variance(share, change.keys);
  predictions.push_back({.quantity = Quantity::moved,
                         .value = share / copies,
                         .tolerance = (kTolerance * root(counting) + rounding) / copies});
  predictions.push_back(nothing(Quantity::sideways));
  if (gained < 0) predictions.push_back(counted_donors(1, share, change.keys));
}

void predict_table_spread(const Change& change, std::vector<Prediction>& predictions) {
  if (predict_full(change, predictions)) return;
  const auto due = due_shares(change.after->nodes, change.replicas);
  const auto n = static_cast<double>(due.size());
  double squares = 0;
  double fourths = 0;
  double least = 1;
  for (const double share : due) {
    const double square = (1 - share) / (share * change.keys);
    squares += square;
    fourths += 2 * square * square;
    least = std::min(least, share);
  }
  const double cv = root(squares / n);
  // Loads that add up to a fixed sum have n - 1 degrees of freedom, not n.
  const double relative = squares > 0 ? root(fourths * n / (n - 1)) / (2 * squares) : 0;
  const double rounding = 1 / (static_cast<double>(kTablePartitions) * least);
  predictions.push_back({.quantity = Quantity::cv,
                         .value = cv,
                         .tolerance = kTolerance * cv * relative + rounding});
}

}  // namespace

std::vector<Prediction> predict_walk(const Change& change) {
  if (change.replicas == 1) return predict_ring(change);
  std::vector<Prediction> predictions;
  if (change.before != nullptr) predict_walk_step(change, predictions);
  predict_walk_spread(change, predictions);
  return predictions;
}

std::vector<Prediction> predict_table(const Change& change) {
  std::vector<Prediction> predictions;
  if (change.before != nullptr) predict_table_step(change, predictions);
  predict_table_spread(change, predictions);
  return predictions;
}

}  // namespace kv
