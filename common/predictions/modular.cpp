#include "common/predictions/modular.hpp"

#include <algorithm>

#include "common/predictions/chance.hpp"

namespace kv {

namespace {

double node_count(const ClusterState& state) {
  return static_cast<double>(state.nodes.size());
}

void predict_modular_step(const Change& change, std::vector<Prediction>& predictions) {
  const double n = node_count(*change.before);
  const double m = node_count(*change.after);
  const double survivors = std::min(n, m);
  const double stay = survivors / (n * m);
  const double sideways = survivors * (survivors - 1) / (n * m);
  predictions.push_back(counted_share(Quantity::moved, 1 - stay, change.keys));
  predictions.push_back(counted_share(Quantity::sideways, sideways, change.keys));
  if (n > m && survivors == 1) {  // only the node that left gives anything up
    predictions.push_back(counted_donors(1, 1 / n, change.keys));
  } else {
    predictions.push_back(counted_donors(n, (1 - stay) / n, change.keys));
  }
}

}  // namespace

std::vector<Prediction> predict_modular(const Change& change) {
  std::vector<Prediction> predictions;
  if (change.before != nullptr) predict_modular_step(change, predictions);
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
