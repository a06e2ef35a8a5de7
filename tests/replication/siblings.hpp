// A table of nodes that keep siblings, for tests.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/table.hpp"
#include "v4_replicated_kv/versioning/context.hpp"

namespace kv {

inline Table::Plan siblings() {
  return {.policy = Policy::siblings};
}

// A put with the context of who has seen nothing of the key, "cart".
inline Request first_put(Table& table, std::string value) {
  Request request = put_of("cart", std::move(value));
  request.context = *context_text({}, hash_key(table.rules().replica.hash, "cart"));
  return request;
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
