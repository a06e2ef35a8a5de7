#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "common/hash/hasher.hpp"
#include "v2_consistent/placement.hpp"
#include "v3_virtual_nodes/placement.hpp"

using namespace kv;

namespace {

// Any callable is a hash: a function object with state of its own, here.
struct Salted {
  std::string salt;
  std::uint64_t operator()(std::string_view bytes) const {
    std::uint64_t hash = 14695981039346656037U;
    for (const char c : salt + std::string(bytes)) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    }
    return finalise(hash);
  }
};

}  // namespace

TEST_CASE("a ring takes a lambda, a function object or a plain function as its hash") {
  const auto lambda = [](std::string_view bytes) -> std::uint32_t {
    return static_cast<std::uint32_t>(bytes.size()) * 2654435761U;
  };
  RingPlacement small(lambda);
  small.add({.id = NodeId{0}, .name = "a"});
  CHECK(small.owner(hash_key(lambda, "some key")) == NodeId{0});

  const Salted salted{"salt"};
  VirtualNodePlacement ring(salted, 100);
  ring.add({.id = NodeId{0}, .name = "a"});
  ring.add({.id = NodeId{1}, .name = "b", .weight = 2});
  int on_b = 0;
  for (int i = 0; i < 3000; ++i) {
    const KeyHash key = hash_key(salted, "user:" + std::to_string(i));
    on_b += ring.owner(key) == NodeId{1} ? 1 : 0;
  }
  CHECK(on_b > 1500);  // about 2,000
  CHECK(on_b < 2500);
}
