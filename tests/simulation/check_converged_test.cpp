#include "v4_replicated_kv/simulation/check_converged.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace kv;

namespace {

OwnersCopy copy(std::uint32_t key, std::uint32_t owner, std::string bytes) {
  return {.key = KeyNumber{key}, .owner = NodeId{owner}, .bytes = std::move(bytes)};
}

std::string sentence(const std::vector<OwnersCopy>& copies) {
  const auto violation = check_converged(copies);
  return violation ? violation->sentence : "";
}

}  // namespace

TEST_CASE("owners that hold the same agree, in whatever order they come") {
  CHECK(sentence({}).empty());
  CHECK(sentence({copy(3, 0, "pear")}).empty());
  CHECK(sentence({copy(3, 0, "pear"), copy(4, 0, "nut"), copy(3, 2, "pear"),
                  copy(4, 1, "nut"), copy(5, 1, ""), copy(5, 2, "")})
            .empty());
}

TEST_CASE("who differs is named, and where") {
  CHECK(sentence({copy(4, 0, "nut"), copy(3, 4, "pear"), copy(3, 2, "peas"),
                  copy(3, 0, "pear"), copy(4, 1, "nut")}) ==
        "key 3: its owners do not agree: nodes 0, 4 hold 4 bytes; node 2 holds 4 bytes "
        "(nodes 0 and 2 differ from byte 3 on)");
  CHECK(sentence({copy(3, 0, "pear"), copy(3, 1, ""), copy(3, 2, "pear")}) ==
        "key 3: its owners do not agree: node 1 holds nothing; nodes 0, 2 hold 4 bytes "
        "(nodes 0 and 1 differ from byte 0 on)");
  CHECK(
      sentence({copy(3, 0, "pear"), copy(3, 1, "pears")}) ==
      "key 3: its owners do not agree: node 0 holds 4 bytes; node 1 holds 5 bytes (nodes "
      "0 and 1 differ from byte 4 on)");
  CHECK(check_converged(std::vector{copy(4, 0, "nut"), copy(4, 1, ""), copy(3, 0, "")})
            ->key == KeyNumber{4});
}
