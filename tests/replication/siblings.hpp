// A table of nodes that keep siblings, for tests.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/table.hpp"

namespace kv {

inline Table::Plan siblings() {
  return {.policy = Policy::siblings};
}

// All that is held of "cart", in order, as a get of all through this node tells it.
inline std::vector<std::string> read_cart(Table& table, std::size_t node) {
  const Reply& got = table.run(node, get_of("cart", {.level = Level::all}));
  REQUIRE(got.outcome == Outcome::ok);
  auto values = table.values(got);
  std::ranges::sort(values);
  return values;
}

}  // namespace kv
