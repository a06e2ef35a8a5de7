#include "common/predictions/fair.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/predictions/chance.hpp"

namespace kv {

namespace {

constexpr double kPartitions = 4096;  // of equal_partitions.hpp

double total_weight(const ClusterState& state) {
  double sum = 0;
  for (const Node& node : state.nodes) sum += node.weight;
  return sum;
}

// The fair share of the node that the step is about, which need not be a member. For one
// node only: who wants the shares of all adds the weights up once.
double fair_share(const ClusterState& state, NodeId id) {
  const auto node = std::ranges::find(state.nodes, id, &Node::id);
  return node == state.nodes.end() ? 0 : node->weight / total_weight(state);
}

// Every member but `changed` gives a part of what it gains: a share of `moved` in all, in
// proportion to weight.
Prediction donors_to(const ClusterState& before, NodeId changed, double moved,
                     double keys) {
  const double weights = total_weight(before);
  const double others = 1 - fair_share(before, changed);
  double expected = 0;
  double variance = 0;
  for (const Node& node : before.nodes) {
    if (node.id == changed) continue;
    const double given = moved * (node.weight / weights) / others;
    const double idle = power(1 - given, static_cast<std::uint64_t>(keys));
    expected += 1 - idle;
    variance += idle * (1 - idle);
  }
  return {.quantity = Quantity::donors,
          .value = expected,
          .tolerance = count_tolerance(variance)};
}

void predict_fair_step(const Change& change, std::vector<Prediction>& predictions) {
  const NodeId changed = change.after->changed;
  const double gained =
      fair_share(*change.after, changed) - fair_share(*change.before, changed);
  const double moved = std::abs(gained);
  predictions.push_back(counted_share(Quantity::moved, moved, change.keys));
  predictions.push_back({.quantity = Quantity::sideways, .value = 0, .tolerance = 0});
  predictions.push_back(gained > 0
                            ? donors_to(*change.before, changed, moved, change.keys)
                            : counted_donors(1, moved, change.keys));
}

void predict_fair_spread(const Change& change, std::vector<Prediction>& predictions) {
  const auto n = static_cast<double>(change.after->nodes.size());
  const double weights = total_weight(*change.after);
  double squares = 0;
  double fourths = 0;
  for (const Node& node : change.after->nodes) {
    const double f = node.weight / weights;
    const double square = (1 - f) / (f * change.keys);
    squares += square;
    fourths += 2 * square * square;
  }
  // Loads that add up to one have n - 1 degrees of freedom, not n.
  const double cv = root(squares / n);
  const double relative = n > 1 ? root(fourths * n / (n - 1)) / (2 * squares) : 0;
  predictions.push_back(
      {.quantity = Quantity::cv, .value = cv, .tolerance = kTolerance * cv * relative});
}

// Where the node that left stood: the list as jump hash keeps it, a leaver's place filled
// by the last.
bool left_from_the_middle(std::span<const ClusterState> history) {
  std::vector<NodeId> list;
  for (const Node& node : history.front().nodes) list.push_back(node.id);
  bool middle = false;
  for (const ClusterState& state : history.subspan(1)) {
    middle = false;
    if (state.action == Action::add) {
      list.push_back(state.changed);
    } else if (state.action == Action::remove) {
      const auto place = std::ranges::find(list, state.changed);
      middle = *place != list.back();
      *place = list.back();
      list.pop_back();
    }
  }
  return middle;
}

void predict_jump_from_the_middle(const Change& change,
                                  std::vector<Prediction>& predictions) {
  const auto n = static_cast<double>(change.before->nodes.size());
  const double sideways = (n - 2) / (n * (n - 1));
  const double moved = 1 / n + sideways;
  predictions.push_back(counted_share(Quantity::moved, moved, change.keys));
  predictions.push_back(counted_share(Quantity::sideways, sideways, change.keys));
  predictions.push_back(counted_donors(sideways > 0 ? 2 : 1,
                                       sideways > 0 ? moved / 2 : moved, change.keys));
}

}  // namespace

std::vector<Prediction> predict_fair(const Change& change) {
  std::vector<Prediction> predictions;
  if (change.before != nullptr) predict_fair_step(change, predictions);
  predict_fair_spread(change, predictions);
  return predictions;
}

std::vector<Prediction> predict_jump(const Change& change) {
  if (!left_from_the_middle(change.history)) return predict_fair(change);
  std::vector<Prediction> predictions;
  predict_jump_from_the_middle(change, predictions);
  predict_fair_spread(change, predictions);
  return predictions;
}

std::vector<Prediction> predict_partitions(const Change& change) {
  std::vector<Prediction> predictions = predict_fair(change);
  const double least_share = 1 / static_cast<double>(change.after->nodes.size());
  for (Prediction& prediction : predictions) {
    if (prediction.quantity == Quantity::moved) prediction.tolerance += 1 / kPartitions;
    if (prediction.quantity == Quantity::cv) {
      prediction.tolerance += 1 / (kPartitions * least_share);
    }
  }
  return predictions;
}

std::vector<Prediction> predict_nothing(const Change& /*change*/) {
  return {};
}

}  // namespace kv
