// What N copies of each key must do: those of a walk over random tokens, and those of a
// table of equal partitions.
#pragma once

#include "common/experiment/prediction.hpp"

namespace kv {

// Derivation. Going clockwise from a key, different nodes come up in the order of a draw
// without replacement, a node's chance being its part of the tokens that are left. So of n
// equal nodes each is among the first N with chance p = N/n; unequal ones are added up draw
// by draw. (With N above 1 the chance is not in proportion to weight: a heavy node has one
// copy of a key at most. The walk cannot mend that; the figures show it as spread.)
//
//   moved     what a node that joins or leaves holds. The walk's list without a node is the
//             same list with that node skipped: one copy of each of its keys moves, and
//   sideways  none besides.
//   load      tokens as points of a Poisson process: two keys at a distance have something
//             to do with each other only while no token of the node lies between, so that
//               Var = 2 (1 - p) E[way to its token; it is among the first N],
//             of which the part goes that its and the others' number of tokens would
//             explain, as that is fixed. For n equal nodes of V tokens
//               CV^2 = (n/N)^2 (1 - p) (2 S/n - (1 - p) H^2 n/(n - 1)) / V,
//             with S = sum of (N - i)/(n - i) and H = sum of 1/(n - i), i from 0 to N - 1.
//             For V = 1 it is exactly (n - N)/(N (n + 1)): N arcs in a row. Between one
//             token and many the truth lies between these two, each carried over to V: the
//             value is their middle, and the tolerance has half their distance.
//   donors    to a newcomer: N with one token a node; all, where there are so many tokens
//             that missing one is out of the question. Between these there is no closed
//             form.
//
// With one copy this is predict_ring. tests/property/copies_test.cpp holds it to programs.
[[nodiscard]] std::vector<Prediction> predict_walk(const Change& change);

// Equal parts, kTablePartitions of them, of which every node has its due to within one: what
// moves is what the changed node is due, and loads spread as K keys scatter over the parts.
// (Where weights differ, what a node gives up may move further copies: no closed form.)
inline constexpr std::uint64_t kTablePartitions = 4096;
[[nodiscard]] std::vector<Prediction> predict_table(const Change& change);

}  // namespace kv
