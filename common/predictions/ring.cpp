#include "common/predictions/ring.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "common/predictions/chance.hpp"

namespace kv {

namespace {

// The tokens of each node, and of all.
struct Tokens {
  const ClusterState& state;
  std::uint64_t vnodes;

  [[nodiscard]] double of(const Node& node) const {
    return static_cast<double>(tokens_for(node.weight, vnodes));
  }
  [[nodiscard]] double of(NodeId id) const {
    for (const Node& node : state.nodes) {
      if (node.id == id) return of(node);
    }
    return 0;  // not a member: no tokens
  }
  [[nodiscard]] double total() const {
    double sum = 0;
    for (const Node& node : state.nodes) sum += of(node);
    return sum;
  }
};

// The chance that none of b tokens lands in any of `a` among `total` gaps. The product
// can be taken over b or over a factors: the shorter one, and only while it matters.
double miss_chance(double a, double total, double b) {
  const double factors = std::min(a, b);
  const double others = std::max(a, b);
  double chance = 1;
  for (double i = 0; i < factors && chance > 1e-18; ++i) {
    chance *= (total - a + i) / (total - a + others + i);
  }
  return chance;
}

// Donors to b tokens of node `changed`, the other members having the gaps: the expected
// number, and its variance. Missing one node makes missing another less likely; equal
// nodes count that exactly, unequal ones leave it out, which errs on the wide side.
std::pair<double, double> donors_to(double b, NodeId changed, const Tokens& tokens) {
  std::map<double, double> nodes_with;  // tokens -> how many nodes have so many
  for (const Node& node : tokens.state.nodes) {
    if (node.id != changed) ++nodes_with[tokens.of(node)];
  }
  const double total = tokens.total();
  double expected = 0;
  double variance = 0;
  for (const auto& [a, nodes] : nodes_with) {
    const double miss = miss_chance(a, total, b);
    expected += nodes * (1 - miss);
    variance += nodes * miss * (1 - miss);
    if (nodes_with.size() == 1 && nodes > 1) {
      variance += nodes * (nodes - 1) * (miss_chance(2 * a, total, b) - miss * miss);
    }
  }
  return {expected, variance};
}

// The step that adds b tokens of `changed` to `tokens`; what removes them is its mirror
// image: the same keys move, the other way.
struct Arrival {
  Tokens tokens;
  NodeId changed;
  double b;
};

Prediction predict_moved(const Arrival& arrival, double keys) {
  const double old_total = arrival.tokens.total();
  const double total = old_total + arrival.b;
  const double own = arrival.tokens.of(arrival.changed);
  // Of the b arcs that end at a new token, a fraction f lay in arcs of other nodes; new
  // tokens that share a gap share that luck, which makes their number beta-binomial.
  const double f = (old_total - own) / old_total;
  const double arcs = arrival.b * f;
  const double arcs_variance = arcs * (1 - f) * (1 + (arrival.b - 1) / (old_total + 1));
  const double moved = arcs / total;
  const double variance =
      beta_variance(arcs, total - arcs) + arcs_variance / (total * total);
  const double counting = (moved * (1 - moved) - variance) / keys;
  return {.quantity = Quantity::moved,
          .value = moved,
          .tolerance = kTolerance * root(variance + counting)};
}

// `function` of a number of tokens that need not be whole, between the whole ones.
template <class Function>
double between(Function function, double tokens) {
  const double whole = std::floor(tokens);
  return function(whole) + (tokens - whole) * (function(whole + 1) - function(whole));
}

// The changed node gives up b arcs that hold keys: it is a donor unless each of them falls
// to another token of its own.
Prediction predict_giver(const Arrival& arrival, double b) {
  const double total = arrival.tokens.total();
  const double others = total - arrival.tokens.of(arrival.changed);
  const auto idle = [&](double n) { return miss_chance(others, total, n); };
  const double p = 1 - between(idle, b);
  return {.quantity = Quantity::donors,
          .value = p,
          .tolerance = count_tolerance(p * (1 - p))};
}

// b arcs that hold keys go to the changed node; that number has a variance of its own.
Prediction predict_givers(const Arrival& arrival, double b, double b_variance) {
  const auto mean = [&](double n) {
    return donors_to(n, arrival.changed, arrival.tokens).first;
  };
  const auto variance = [&](double n) {
    return donors_to(n, arrival.changed, arrival.tokens).second;
  };
  const double slope = mean(std::floor(b) + 1) - mean(std::floor(b));
  return {
      .quantity = Quantity::donors,
      .value = between(mean, b),
      .tolerance = count_tolerance(between(variance, b) + slope * slope * b_variance)};
}

// Only arcs that hold a key make a donor: an arc among T is empty of K keys with chance
// (T-1)/(T-1+K).
Prediction predict_donors(const Arrival& arrival, bool gives_up, double keys) {
  const double total = arrival.tokens.total() + arrival.b;
  const double felt = keys / (total - 1 + keys);
  const double b = arrival.b * felt;
  return gives_up ? predict_giver(arrival, b)
                  : predict_givers(arrival, b, b * (1 - felt));
}

void predict_ring_step(const Change& change, std::vector<Prediction>& predictions) {
  const NodeId changed = change.after->changed;
  const Tokens before{*change.before, change.vnodes};
  const Tokens after{*change.after, change.vnodes};
  const double gained = after.of(changed) - before.of(changed);
  if (gained == 0) {  // a weight that rounds to the same number of tokens
    for (const Quantity quantity :
         {Quantity::moved, Quantity::sideways, Quantity::donors}) {
      predictions.push_back({.quantity = quantity, .value = 0, .tolerance = 0});
    }
    return;
  }
  const Arrival arrival{gained > 0 ? before : after, changed, std::abs(gained)};
  predictions.push_back(predict_moved(arrival, change.keys));
  predictions.push_back({.quantity = Quantity::sideways, .value = 0, .tolerance = 0});
  predictions.push_back(predict_donors(arrival, gained < 0, change.keys));
}

void predict_ring_spread(const Change& change, std::vector<Prediction>& predictions) {
  const Tokens tokens{*change.after, change.vnodes};
  const auto& nodes = change.after->nodes;
  const double total = tokens.total();
  const auto n = static_cast<double>(nodes.size());
  double weights = 0;
  for (const Node& node : nodes) weights += node.weight;
  double squares = 0;
  double fourths = 0;
  bool equal = true;
  for (const Node& node : nodes) {
    const double a = tokens.of(node);
    const double fair = node.weight / weights;
    const double share = a / total;
    const double arcs = beta_variance(a, total - a);
    // Given the arcs, counting adds p(1 - p)/K, whose mean over arcs is this.
    const double counting = (share * (1 - share) - arcs) / change.keys;
    const double bias = share - fair;
    const double square = (arcs + counting + bias * bias) / (fair * fair);
    squares += square;
    fourths += square * square * (2 + 6 / a);  // a sum of a arcs has kurtosis 3 + 6/a
    equal = equal && node.weight == nodes.front().weight;
  }
  const double cv = root(squares / n);
  // Equal nodes: exact. Unequal ones: as if their shares were independent, which errs on
  // the wide side, as it leaves out that shares add up to one.
  const double relative = n == 1  ? 0
                          : equal ? relative_spread_of_cv(n, tokens.of(nodes.front()))
                                  : root(fourths) / (2 * squares);
  predictions.push_back(
      {.quantity = Quantity::cv, .value = cv, .tolerance = kTolerance * cv * relative});
}

// Exact for one token a node and many keys: with H = 1 + ... + 1/N and H2 = 1 + ... + 1/N^2, the
// largest of N arcs is on average H times the mean, with variance N(H^2 + H2)/(N + 1) -
// H^2.
void predict_largest(const Change& change, std::vector<Prediction>& predictions) {
  const Tokens tokens{*change.after, change.vnodes};
  const auto n = static_cast<double>(change.after->nodes.size());
  constexpr double kKeysPerNode = 100;
  if (change.keys < kKeysPerNode * n) return;
  for (const Node& node : change.after->nodes) {
    if (tokens.of(node) != 1 || node.weight != 1) return;
  }
  double h = 0;
  double h2 = 0;
  for (std::size_t i = 1; i <= change.after->nodes.size(); ++i) {
    const auto k = static_cast<double>(i);
    h += 1 / k;
    h2 += 1 / (k * k);
  }
  const double variance = n * (h * h + h2) / (n + 1) - h * h + h * (n - h) / change.keys;
  predictions.push_back({.quantity = Quantity::max_over_mean,
                         .value = h,
                         .tolerance = kTolerance * root(variance)});
}

}  // namespace

std::vector<Prediction> predict_ring(const Change& change) {
  std::vector<Prediction> predictions;
  if (change.before != nullptr) predict_ring_step(change, predictions);
  predict_ring_spread(change, predictions);
  predict_largest(change, predictions);
  return predictions;
}

}  // namespace kv
