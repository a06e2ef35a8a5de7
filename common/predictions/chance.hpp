// The few facts about chance that the predictions share.
//
// Only +, -, *, / and sqrt are used here and in the predictions: IEEE 754 fixes their
// results to the bit, so a seed's output is the same on every machine. exp, log and pow
// are left to libraries and may differ.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "common/experiment/prediction.hpp"

namespace kv {

// base^exponent for a whole exponent, by squaring.
[[nodiscard]] constexpr double power(double base, std::uint64_t exponent) {
  double result = 1;
  for (; exponent > 0; exponent /= 2, base *= base) {
    if (exponent % 2 == 1) result *= base;
  }
  return result;
}

// The variance of a share p measured by counting `keys` independent keys.
[[nodiscard]] constexpr double counting_variance(double p, double keys) {
  return p * (1 - p) / keys;
}

// The variance of a share that is Beta(a, b): what a of a + b random arcs of a circle hold
// together, a/(a + b) on average.
[[nodiscard]] constexpr double beta_variance(double a, double b) {
  return a * b / ((a + b) * (a + b) * (a + b + 1));
}

// Square root of what rounding may have left a hair below zero.
[[nodiscard]] inline double root(double variance) {
  return std::sqrt(std::max(variance, 0.0));
}

// The relative standard deviation of the CV of n nodes that hold a tokens each. With
// S = sum of squared shares, CV^2 = nS - 1, and the moments of n equal Dirichlet shares
// give Var(S) exactly; a root halves a small relative error.
[[nodiscard]] inline double relative_spread_of_cv(double n, double a) {
  const double total = n * a;
  const double fall2 = total * (total + 1);
  const double fall4 = fall2 * (total + 2) * (total + 3);
  const double square = n * a * (a + 1) / fall2;
  const double fourth = n * a * (a + 1) * (a + 2) * (a + 3) / fall4;
  const double pairs = n * (n - 1) * a * a * (a + 1) * (a + 1) / fall4;
  const double deviation = n * root(fourth + pairs - square * square);
  return deviation / (2 * (n * square - 1));
}

// The tolerance of a count of nodes. A whole number cannot come closer to an expectation
// than half a unit, so that much is added unless chance hardly plays a part.
[[nodiscard]] inline double count_tolerance(double variance) {
  return kTolerance * root(variance) + (variance > 0.01 ? 0.5 : 0);
}

// A share p that K independent keys are counted for.
[[nodiscard]] inline Prediction counted_share(Quantity quantity, double p, double keys) {
  return {.quantity = quantity,
          .value = p,
          .tolerance = kTolerance * root(counting_variance(p, keys))};
}

// Each of `givers` nodes gives up a share p of the keys, and is no donor when all keys
// happen to miss it.
[[nodiscard]] inline Prediction counted_donors(double givers, double p, double keys) {
  const double idle = power(1 - p, static_cast<std::uint64_t>(keys));
  return {.quantity = Quantity::donors,
          .value = givers * (1 - idle),
          .tolerance = count_tolerance(givers * idle * (1 - idle))};
}

}  // namespace kv
