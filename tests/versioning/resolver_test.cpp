#include "v4_replicated_kv/versioning/resolver.hpp"

#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/versioning/replicas.hpp"

using namespace kv;

namespace {

using Values = std::vector<std::string>;

// Shopping carts become one: everything that was in any of them.
Result<std::string> union_of_carts(std::span<const Version* const> siblings) {
  std::set<std::string> things;
  for (const Version* sibling : siblings) {
    std::istringstream cart(sibling->value);
    for (std::string thing; cart >> thing;) things.insert(thing);
  }
  std::string all;
  for (const std::string& thing : things) all += (all.empty() ? "" : " ") + thing;
  return all;
}

void write(std::vector<Holder>& replicas, const History& context, std::string value) {
  KeyState& state = replicas[0].keys[0];
  const VersionVector horizon = horizon_of(replicas, 0);
  REQUIRE(put(state, make_version(replicas[0].source, state, std::move(value)), context,
              horizon));
}

}  // namespace

TEST_CASE("the caller's rule makes one value of what it was shown, and of nothing else") {
  auto replicas = make_replicas(1, 1);
  const KeyState& state = replicas[0].keys[0];
  CHECK(resolve(state, {}, union_of_carts).error().code == Errc::not_found);
  write(replicas, {}, "apples pears");
  write(replicas, {}, "apples plums");
  const Resolution resolution = resolve(state, {}, union_of_carts).value();
  CHECK(resolution.value == "apples pears plums");

  SUBCASE("put at once, it is the only value") {
    write(replicas, resolution.context, resolution.value);
    CHECK(visible_values(state) == Values{"apples pears plums"});
  }
  SUBCASE("a sibling that came meanwhile stays") {
    write(replicas, {}, "nuts");
    write(replicas, resolution.context, resolution.value);
    CHECK(visible_values(state) == Values{"nuts", "apples pears plums"});
  }
}

TEST_CASE("a rule may refuse, and the latest is a rule too") {
  auto replicas = make_replicas(1, 1);
  write(replicas, {}, "apples");
  write(replicas, {}, "pears");
  const KeyState& state = replicas[0].keys[0];
  CHECK(resolve(state, {}, keep_latest)->value == "pears");
  const auto refusal = resolve(state, {}, [](std::span<const Version* const>) {
    return Result<std::string>(fail(Errc::bad_input, "not a cart"));
  });
  CHECK(refusal.error().code == Errc::bad_input);
}
