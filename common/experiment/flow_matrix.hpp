// How many keys went from which node to which in one step.
//
// Keys that stayed are flows from a node to itself, so one matrix holds everything that a
// step can be asked: loads before are its row sums, loads after its column sums.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "common/base/strong.hpp"

namespace kv {

class FlowMatrix {
 public:
  struct Flow {
    NodeId from, to;
    std::uint64_t keys;
  };

  // For node ids below `nodes`. Up to 1,024 nodes the cells are one array (8 MiB at
  // most), which costs a key one addition; above, only the cells in use are kept.
  explicit FlowMatrix(std::size_t nodes)
      : nodes_(nodes), dense_(nodes <= 1024 ? nodes * nodes : 0) {}

  // Both ids are below `nodes`: whoever counts a block of keys checks the block's largest.
  void add(NodeId from, NodeId to, std::uint64_t keys = 1) {
    const std::uint64_t cell = std::uint64_t{from.raw()} * nodes_ + to.raw();
    if (!dense_.empty()) {
      dense_[cell] += keys;
    } else {
      sparse_[cell] += keys;
    }
  }

  // The cells above zero, ordered by from, then to.
  [[nodiscard]] std::vector<Flow> flows() const;

  [[nodiscard]] std::size_t nodes() const { return nodes_; }

 private:
  std::size_t nodes_;
  std::vector<std::uint64_t> dense_;
  std::unordered_map<std::uint64_t, std::uint64_t> sparse_;
};

}  // namespace kv
