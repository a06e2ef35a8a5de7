// A guest looks for a cluster, and follows it: whom it asks, and whom it believes.
#include "v4_replicated_kv/serve/cluster_search.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "v4_replicated_kv/placement/ring_bytes.hpp"

using namespace kv;

namespace {

using Names = std::vector<std::string>;

RingState ring_of(const Names& names) {
  std::vector<Newcomer> newcomers;
  for (const std::string& name : names) newcomers.push_back({.name = name});
  auto ring = found_ring(newcomers, {.copies = 1, .partitions = 4, .vnodes = 8});
  REQUIRE(ring);
  return *std::move(ring);
}

MemberAddresses at(const std::string& name, const std::string& grpc) {
  return {.name = name, .grpc = grpc, .peer = grpc + "0"};
}

IAm answer_of(const MemberAddresses& who, std::uint64_t cluster, const RingState& ring,
              std::vector<MemberAddresses> members = {}) {
  return {.from = {.addresses = who},
          .cluster = ClusterId{cluster},
          .offer = RingOffer{
              .hash_seed = 5, .members = std::move(members), .ring = encode(ring)}};
}

// The search, and the questions that it has asked.
struct Seeker {
  Names look(const Names& missing) {
    asked.clear();
    search.look(missing);
    Names addresses;
    for (const auto& [address, told] : asked) addresses.push_back(address);
    return addresses;
  }
  void hears(const IAm& answer) { asked.front().second(answer); }

  std::vector<std::pair<std::string, ClusterSearch::Told>> asked;
  ClusterSearch search{Card{.addresses = {.name = "proxy"}, .boot = 3},
                       {"s:1", "s:2"},
                       [this](const std::string& address, const WhoAreYou& question,
                              ClusterSearch::Told told) {
                         CHECK(question.visits);
                         CHECK_FALSE(question.cluster);
                         asked.emplace_back(address, std::move(told));
                       }};
};

}  // namespace

TEST_CASE("search: all seeds are asked, until one shows a ring that can be read") {
  Seeker seeker;
  const RingState ring = ring_of({"n1", "n2"});
  CHECK(seeker.look({}) == Names{"s:1", "s:2"});
  seeker.hears({.from = {.addresses = at("n1", "a:1")}});  // it is blank
  IAm broken = answer_of(at("n1", "a:1"), 7, ring);
  broken.offer->ring.pop_back();
  seeker.hears(broken);
  CHECK(seeker.search.found() == nullptr);
  CHECK(seeker.search.members().empty());
  seeker.hears(answer_of(at("n1", "a:1"), 7, ring, {at("n1", "old:1"), at("n2", "a:2")}));
  const auto found = seeker.search.found();
  REQUIRE(found != nullptr);
  CHECK(found->cluster == ClusterId{7});
  CHECK(found->hash_seed == 5);
  CHECK(*found->ring == ring);
  // Who answers knows better where it is than who tells of it.
  CHECK(seeker.search.members() ==
        std::vector<MemberAddresses>{at("n1", "a:1"), at("n2", "a:2")});
  CHECK(seeker.look({"n2"}) == Names{"a:1", "a:2"});  // n1 may have heard of it
  CHECK(seeker.look({}).empty());
  CHECK(seeker.look({"n1", "n2"}) == Names{"a:1", "a:2", "s:1", "s:2"});
}

TEST_CASE("search: a member that moved is where it says, and the ring is the same") {
  Seeker seeker;
  const RingState ring = ring_of({"n1", "n2"});
  seeker.look({});
  seeker.hears(answer_of(at("n1", "a:1"), 7, ring, {at("n2", "a:2")}));
  const auto before = seeker.search.found();
  seeker.look({"n2"});
  seeker.hears(answer_of(at("n2", "b:2"), 7, ring, {at("n1", "old:1"), at("n2", "b:2")}));
  CHECK(seeker.search.found() == before);
  CHECK(seeker.search.members() ==
        std::vector<MemberAddresses>{at("n1", "a:1"), at("n2", "b:2")});
}

TEST_CASE("search: where others say that a missing member is, it is asked too") {
  Seeker seeker;
  const RingState ring = ring_of({"n1", "n2", "n3"});
  seeker.look({});
  seeker.hears(answer_of(at("n1", "a:1"), 7, ring, {at("n2", "a:2"), at("n3", "a:3")}));
  // It has moved; one of the two that are there has not heard of it, and one has.
  std::set<std::string> asked;
  for (int i = 0; i < 2; ++i) {
    for (const std::string& one : seeker.look({"n2"})) asked.insert(one);
  }
  CHECK(asked == std::set<std::string>{"a:1", "a:2", "a:3"});
  seeker.hears(answer_of(at("n3", "a:3"), 7, ring, {at("n2", "b:2")}));
  const Names places = seeker.look({"n2"});
  CHECK(std::ranges::count(places, "a:2") == 1);
  CHECK(std::ranges::count(places, "b:2") == 1);
  // What is only said of it is no reason to dial there.
  CHECK(std::ranges::count(seeker.search.members(), at("n2", "a:2")) == 1);
  seeker.hears(answer_of(at("n2", "b:2"), 7, ring));
  CHECK(std::ranges::count(seeker.search.members(), at("n2", "b:2")) == 1);
}

TEST_CASE("search: a later ring is followed, and an earlier one is not") {
  Seeker seeker;
  const RingState first = ring_of({"n1", "n2"});
  const auto second = with_joined(first, {.name = "n3"});
  REQUIRE(second);
  seeker.look({});
  seeker.hears(answer_of(at("n1", "a:1"), 7, *second));
  const auto found = seeker.search.found();
  seeker.hears(answer_of(at("n2", "a:2"), 7, first));
  CHECK(seeker.search.found() == found);
  const auto third = with_weight(*second, "n3", 2);
  REQUIRE(third);
  seeker.hears(answer_of(at("n2", "a:2"), 7, *third));
  CHECK(seeker.search.found() != found);
  CHECK(*seeker.search.found()->ring == *third);
}

TEST_CASE(
    "search: another cluster is no reason to leave, unless all of this one is gone") {
  Seeker seeker;
  const RingState ring = ring_of({"n1", "n2"});
  seeker.look({});
  seeker.hears(answer_of(at("n1", "a:1"), 7, ring, {at("n2", "a:2")}));
  const auto found = seeker.search.found();
  // A seed that answers late, and one of two members that is somebody else now.
  seeker.hears(answer_of(at("n1", "x:1"), 8, ring));
  seeker.look({"n2"});
  seeker.hears(answer_of(at("n2", "x:2"), 8, ring));
  CHECK(seeker.search.found() == found);
  CHECK(seeker.search.members() ==
        std::vector<MemberAddresses>{at("n1", "a:1"), at("n2", "a:2")});
  seeker.look({"n1", "n2"});
  seeker.hears(answer_of(at("n2", "x:2"), 8, ring));
  REQUIRE(seeker.search.found() != found);
  CHECK(seeker.search.found()->cluster == ClusterId{8});
  CHECK(seeker.search.members() == std::vector<MemberAddresses>{at("n2", "x:2")});
}
