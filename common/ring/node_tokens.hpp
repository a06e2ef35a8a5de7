// The tokens of a node.
#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>

#include "common/hash/hasher.hpp"
#include "common/placement.hpp"

namespace kv {

// Calls visit(token) for each token that the node's weight buys at `vnodes` a unit: those
// of label_token, in order, without making a string for each.
template <HashFunction Hash, class Visit>
void for_each_token(const Hash& hash, const Node& node, std::uint64_t vnodes,
                    Visit visit) {
  std::string label = node.name + '#';
  const std::size_t name = label.size();
  const std::uint64_t tokens = tokens_for(node.weight, vnodes);
  for (std::uint64_t i = 0; i < tokens; ++i) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), i).ptr;
    label.resize(name);
    label.append(digits.begin(), end);
    visit(position(KeyHash{finalise(hash_key(hash, label).raw())}));
  }
}

}  // namespace kv
