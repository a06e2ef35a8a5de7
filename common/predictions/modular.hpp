// What `hash(key) % n` must do.
#pragma once

#include "common/experiment/prediction.hpp"

namespace kv {

// Derivation. One step takes n nodes to m = n + 1 or n - 1. Two neighbours share no
// factor, so the remainders by n and by m of a random hash are independent (the Chinese
// remainder theorem): each pair (place before, place after) holds 1/(nm) of the keys.
//
//   stay      the s survivors have one pair each: s/(nm), that is 1/max(n, m)
//   sideways  pairs of two different survivors: s(s - 1)/(nm)
//   donors    a survivor gives up its pairs with other places: it is a donor unless it
//             has none, or K keys all miss them
//   spread    K keys thrown at n equal places: each load is binomial with variance
//             K(1/n)(1 - 1/n), so CV = sqrt((n - 1)/K)
//
// In general, from n to m nodes that come and go at the end of the list, gcd(n, m) /
// max(n, m) of the keys stay.
[[nodiscard]] std::vector<Prediction> predict_modular(const Change& change);

}  // namespace kv
