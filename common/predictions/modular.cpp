#include "common/predictions/modular.hpp"

#include <algorithm>

#include "common/predictions/chance.hpp"

namespace kv {

namespace {

double node_count(const ClusterState& state) {
  return static_cast<double>(state.nodes.size());
}

Prediction share(Quantity quantity, double p, double keys) {
  return {.quantity = quantity,
          .value = p,
          .tolerance = kTolerance * root(counting_variance(p, keys))};
}

// Each of `givers` nodes gives up a share p of the keys, and is no donor when all keys
// happen to miss it.
Prediction donors(double givers, double p, double keys) {
  const double idle = power(1 - p, static_cast<std::uint64_t>(keys));
  return {.quantity = Quantity::donors,
          .value = givers * (1 - idle),
          .tolerance = count_tolerance(givers * idle * (1 - idle))};
}

void predict_step(const Change& change, std::vector<Prediction>& predictions) {
  const double n = node_count(*change.before);
  const double m = node_count(*change.after);
  const double survivors = std::min(n, m);
  const double stay = survivors / (n * m);
  const double sideways = survivors * (survivors - 1) / (n * m);
  predictions.push_back(share(Quantity::moved, 1 - stay, change.keys));
  predictions.push_back(share(Quantity::sideways, sideways, change.keys));
  if (n > m && survivors == 1) {  // only the node that left gives anything up
    predictions.push_back(donors(1, 1 / n, change.keys));
  } else {
    predictions.push_back(donors(n, (1 - stay) / n, change.keys));
  }
}

}  // namespace

std::vector<Prediction> predict_modular(const Change& change) {
  std::vector<Prediction> predictions;
  if (change.before != nullptr) predict_step(change, predictions);
  // The sum of squared deviations is close to a chi-square of n - 1 degrees of freedom,
  // whose root has a relative standard deviation of about sqrt(1/(2(n - 1))).
  const double n = node_count(*change.after);
  const double cv = root((n - 1) / change.keys);
  const double relative = n > 1 ? root(1 / (2 * (n - 1))) : 0;
  predictions.push_back(
      {.quantity = Quantity::cv, .value = cv, .tolerance = kTolerance * cv * relative});
  return predictions;
}

}  // namespace kv
