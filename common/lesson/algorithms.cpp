#include "common/lesson/algorithms.hpp"

#include <array>

#include "common/placement.hpp"
#include "common/predictions/fair.hpp"
#include "common/predictions/ring.hpp"

namespace kv {

namespace {

constexpr std::array kAlgorithms{
    Algorithm{.name = "ring",
              .title = "virtual nodes",
              .idea = "Every node takes many places on a circle.",
              .caveat = "",
              .has_weights = true,
              .has_vnodes = true,
              .has_replicas = true,
              .nodes_max = kNodesMax,
              .visits = 0,
              .theory = &predict_ring},
    Algorithm{.name = "rendezvous",
              .title = "rendezvous hashing",
              .idea =
                  "Every node bids for every key with a hash of both, and the highest "
                  "bid wins. As fair as dice, and nothing to store; but all nodes "
                  "are asked for each key.",
              .caveat = "Every node is asked for each key: the time of a look-up grows "
                        "with their number.",
              .has_weights = true,
              .has_vnodes = false,
              .has_replicas = true,
              .nodes_max = kNodesMax,
              .visits = kEveryNode,
              .theory = &predict_fair},
    Algorithm{.name = "jump",
              .title = "jump consistent hash",
              .idea = "A key replays its own moves while buckets 1, 2, 3, ... are added, "
                      "jumping from one move to the next. No table at all, and as fair "
                      "as dice.",
              .caveat =
                  "Jump hash can only drop its last bucket. A node that leaves from "
                  "the middle has its place filled by the last one, whose own keys "
                  "are then dealt out: about twice the keys move, half of them "
                  "sideways. All nodes are equal: there are no weights.",
              .has_weights = false,
              .has_vnodes = false,
              .has_replicas = false,
              .nodes_max = kNodesMax,
              .visits = 0,
              .theory = &predict_jump},
    Algorithm{.name = "maglev",
              .title = "Maglev hashing",
              .idea = "Nodes take turns to claim slots of a table, each in an order of "
                      "its own. A look-up is one load, and the slots are even to one.",
              .caveat = "Maglev prefers balance to staying put: when the nodes change, "
                        "some slots change hands between two nodes that did not.",
              .has_weights = true,
              .has_vnodes = false,
              .has_replicas = false,
              .nodes_max = kNodesMax,
              .visits = 0,
              .theory = &predict_nothing},
    Algorithm{.name = "bounded-loads",
              .title = "consistent hashing with bounded loads",
              .idea = "Chapter 2's ring, one place a node, with a lid: a node that holds "
                      "1.25 times its fair share is full, and a key goes on to the next "
                      "with room.",
              .caveat = "Where a key lies depends on how full nodes are, and so on all "
                        "other keys: a change moves some keys between two nodes that did "
                        "not change, and no node can answer for a key alone. Room is "
                        "counted in whole keys, rounded up, and equal keys stay together "
                        "even where there is no room for all of them.",
              .has_weights = true,
              .has_vnodes = false,
              .has_replicas = true,
              .nodes_max = kNodesMax,
              .visits = 0,
              .theory = &predict_nothing},
    Algorithm{.name = "multi-probe",
              .title = "multi-probe consistent hashing",
              .idea = "One place a node on the ring, but every key is tried at 21 places "
                      "and takes the nearest node. The table is small; the look-up is "
                      "not.",
              .caveat = "Each look-up searches the ring 21 times. All nodes are equal: "
                        "there are no weights.",
              .has_weights = false,
              .has_vnodes = false,
              .has_replicas = true,
              .nodes_max = kNodesMax,
              .visits = 21,
              .theory = &predict_nothing},
    Algorithm{.name = "anchor",
              .title = "AnchorHash",
              .idea = "A fixed set of places, some of them removed. A key that hits a "
                      "removed place is hashed again into those that were left when it "
                      "was removed.",
              .caveat = "The number of places is fixed for life: here twice the nodes of "
                        "the run, rounded up. A newcomer takes the place of the last one "
                        "to leave, so who has which keys depends on what happened "
                        "before. There are no weights.",
              .has_weights = false,
              .has_vnodes = false,
              .has_replicas = false,
              .nodes_max = kNodesMax,
              .visits = 0,
              .theory = &predict_fair},
    Algorithm{.name = "dx",
              .title = "DxHash",
              .idea =
                  "A key draws places from a random sequence of its own until it hits "
                  "one that is in use.",
              .caveat = "The number of places is fixed: here twice the nodes of the run, "
                        "rounded up to a power of two. A newcomer takes the place that "
                        "became free last, so who has which keys depends on what "
                        "happened before. There are no weights.",
              .has_weights = false,
              .has_vnodes = false,
              .has_replicas = true,
              .nodes_max = kNodesMax,
              .visits = 0,
              .theory = &predict_fair},
    Algorithm{.name = "memento",
              .title = "MementoHash",
              .idea =
                  "Jump hash, with a note about every bucket that left: who was still "
                  "there, so that its keys can be dealt out among them.",
              .caveat = "A newcomer takes the place of the last one to leave, so who has "
                        "which keys depends on what happened before, and every place "
                        "that stays empty makes look-ups slower. There are no weights.",
              .has_weights = false,
              .has_vnodes = false,
              .has_replicas = false,
              .nodes_max = kNodesMax,
              .visits = 0,
              .theory = &predict_fair},
    Algorithm{.name = "equal-partitions",
              .title = "equal partitions",
              .idea =
                  "Chapter 1's remainder again, by a number that never changes: 4,096 "
                  "partitions, and a table that says who has each. A newcomer takes "
                  "its fair share of them.",
              .caveat = "Who has a partition depends on what happened before: the table "
                        "has to be kept and handed on, it cannot be computed from the "
                        "list of nodes. There are no more nodes than partitions.",
              .has_weights = true,
              .has_vnodes = false,
              .has_replicas = true,
              .nodes_max = 4096,
              .visits = 0,
              .theory = &predict_partitions},
};

}  // namespace

std::span<const Algorithm> all_algorithms() {
  return kAlgorithms;
}

}  // namespace kv
