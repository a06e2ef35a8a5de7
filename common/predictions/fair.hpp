// What the algorithms without arcs must do: those that deal every key out by a throw of
// dice of its own, and those that deal out equal partitions.
#pragma once

#include "common/experiment/prediction.hpp"

namespace kv {

// Derivation. Each key lands on node i with chance f_i = w_i/W, whatever other keys do, and
// moves only where fairness makes it: from n to n+1 nodes the newcomer's fair share f.
//
//   moved     the change in the changed node's fair share, a binomial share of K keys
//   sideways  0
//   donors    to a node that gains: every other, unless K keys all miss it; a node that
//             loses is the only one
//   cv        loads are binomial: sqrt of the mean of (1 - f_i)/(f_i K)
//
// Holds for rendezvous hashing, AnchorHash, DxHash and MementoHash.
[[nodiscard]] std::vector<Prediction> predict_fair(const Change& change);

// Jump hash is fair too, as long as nodes come and go at the end of its list. When one of n
// leaves from the middle, the last takes its place: the keys of the one that left move to
// it, and its own are dealt out anew over n - 1 places, one of which is where they are
// now. So 1/n + (n-2)/(n(n-1)) move, the second part sideways, from two donors.
[[nodiscard]] std::vector<Prediction> predict_jump(const Change& change);

// A table of Q equal partitions is fair up to one partition a node, beside what K keys
// scatter over the partitions.
[[nodiscard]] std::vector<Prediction> predict_partitions(const Change& change);

// For algorithms of which no closed form is known (Maglev hashing, multi-probe, bounded
// loads): the run and its trials speak for themselves.
[[nodiscard]] std::vector<Prediction> predict_nothing(const Change& change);

}  // namespace kv
