// A way to place keys that is chosen by name: what a program says about it.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/experiment/prediction.hpp"

namespace kv {

// Says of a look-up that it visits every node.
inline constexpr std::uint64_t kEveryNode = UINT64_MAX;

struct Algorithm {
  std::string_view name;    // of --algorithm
  std::string_view title;   // "jump consistent hash"
  std::string_view idea;    // a sentence or two
  std::string_view caveat;  // what it cannot do, said before the run; empty if nothing
  bool has_weights;
  bool has_vnodes;
  bool has_replicas;        // names more than one owner of a key by its own means
  std::uint64_t nodes_max;  // at any time
  std::uint64_t visits;     // nodes or tokens that each look-up visits; 0: only a few
  Theory theory;
};

}  // namespace kv
