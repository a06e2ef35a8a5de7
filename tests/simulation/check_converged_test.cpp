#include "v4_replicated_kv/simulation/check_converged.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace kv;

namespace {

OwnersCopy copy(std::uint32_t key, std::uint32_t owner, const std::string& bytes) {
  return {.key = KeyNumber{key}, .owner = NodeId{owner}, .bytes = bytes, .words = bytes};
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
        "its owners do not agree: n1, n5 hold pear (4 bytes); n3 holds peas (4 bytes), "
        "and n1 and n3 differ from byte 3 on");
  CHECK(sentence({copy(3, 0, "pear"), copy(3, 1, ""), copy(3, 2, "pear")}) ==
        "its owners do not agree: n2 holds nothing; n1, n3 hold pear (4 bytes), and n1 "
        "and n2 differ from byte 0 on");
  CHECK(sentence({copy(3, 0, "pear"), copy(3, 1, "pears")}) ==
        "its owners do not agree: n1 holds pear (4 bytes); n2 holds pears (5 bytes), and "
        "n1 and n2 differ from byte 4 on");
  CHECK(check_converged(std::vector{copy(4, 0, "nut"), copy(4, 1, ""), copy(3, 0, "")})
            ->key == KeyNumber{4});
}
