// What a ring with random tokens must do; one token a node is the case V = 1.
#pragma once

#include "common/experiment/prediction.hpp"

namespace kv {

// Derivation. T random tokens cut the circle into T arcs, and any a of these hold
// together a share that is Beta(a, T - a): mean a/T, variance a(T - a)/(T^2 (T + 1)).
// Each prediction adds to that variance what counting K keys adds.
//
//   moved     by a node that joins or leaves: its share. By a change of weight that adds
//             b tokens to the a of a node: a key moves if the first token after it is new
//             and the next old one is another node's.
//   sideways  0: a token that comes or goes changes the owner of its own arc only.
//   donors    a newcomer's b tokens fall into the T gaps between the old ones; as gaps
//             are random too, all ways to divide b among T gaps are equally likely. Node
//             j with a of the gaps is missed with chance C(T-a+b-1, b) / C(T+b-1, b).
//             A node that gives tokens up is a donor unless all go to its other tokens.
//   cv        sqrt of the mean of Var(share)/fair^2: sqrt((N-1)/(NV+1)) for N equal nodes.
//   max/mean  with one token each, the largest of N random arcs: H(N) = 1 + 1/2 + ... +
//             1/N times the mean (for V above 1 there is no closed form: --trials).
//
// Sources: order statistics of uniform spacings (David and Nagaraja, "Order Statistics",
// section 6.4); tests/property/predictions_test.cpp holds each to the programs.
[[nodiscard]] std::vector<Prediction> predict_ring(const Change& change);

}  // namespace kv
