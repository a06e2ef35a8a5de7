// Which acknowledgements stand together, and what an owner can vouch for.
#include "v4_replicated_kv/replication/acknowledgements.hpp"

#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/table.hpp"
#include "v4_replicated_kv/replication/served_lives.hpp"

using namespace kv;

namespace {

constexpr ActorId kA{1}, kB{2}, kC{3}, kLater{9};

// What an owner says of the three.
Served served(ActorId first, ActorId second, ActorId third = kNoLife) {
  return {first, second, third};
}

}  // namespace

TEST_CASE("acknowledgements of disks that were there all the time stand together") {
  Acknowledgements acks(3);
  acks.add(0, kA, served(kNoLife, kNoLife), 1);
  CHECK(acks.sure().size() == 1);
  acks.add(1, kB, served(kA, kNoLife), 1);
  CHECK(acks.sure().size() == 2);
  CHECK(acks.in_doubt().size() == 0);
  CHECK_FALSE(acks.wants_round());
}

TEST_CASE("who may have served a later life of another is in doubt with it") {
  for (const ActorId told : {kLater, kAnyLife}) {
    Acknowledgements acks(3);
    acks.add(0, kA, served(kNoLife, kB), 1);
    acks.add(1, kB, served(told, kNoLife), 1);
    CHECK(acks.given().size() == 2);
    CHECK(acks.sure().size() == 1);
    CHECK(acks.in_doubt().has(0));
    CHECK_FALSE(acks.in_doubt().has(1));
    CHECK(acks.wants_round());
    acks.begin_round();
    CHECK(acks.is_wanted(0));
    CHECK_FALSE(acks.is_wanted(1));
    CHECK(acks.is_wanted(2));  // it has said nothing
    CHECK_FALSE(acks.wants_round());
    // Two others of three are enough.
    acks.add(2, kC, served(kLater, kB), 1);
    CHECK(acks.sure().size() == 2);
    CHECK_FALSE(acks.sure().has(0));
  }
}

TEST_CASE("what is said in a later round is said after the others had it") {
  Acknowledgements acks(3);
  acks.add(0, kA, served(kNoLife, kAnyLife), 1);
  acks.add(1, kB, served(kAnyLife, kNoLife), 1);  // cut off from each other
  acks.add(0, kA, served(kNoLife, kAnyLife), 1);  // the same once more is no later round
  CHECK(acks.sure().size() == 1);
  acks.begin_round();
  acks.add(0, kA, served(kNoLife, kAnyLife), 2);
  CHECK(acks.sure().size() == 1);  // n2 may have copied from n1 before n1 had it
  CHECK_FALSE(acks.wants_round());
  CHECK_FALSE(acks.is_wanted(0));
  CHECK(acks.is_wanted(1));
  acks.add(1, kB, served(kAnyLife, kNoLife), 2);
  CHECK(acks.sure().size() == 2);
}

TEST_CASE("a life that took it anew has it since then, and not before") {
  Acknowledgements acks(3);
  acks.add(0, kA, served(kNoLife, kB), 1);
  acks.add(1, kB, served(kAnyLife, kNoLife), 1);
  acks.add(0, kLater, served(kNoLife, kAnyLife), 2);
  // n1's new disk had not seen the version when n2 acknowledged, and cannot vouch for n2.
  CHECK(acks.sure().size() == 1);
  CHECK(acks.in_doubt().has(1));
  acks.add(1, kB, served(kAnyLife, kNoLife), 2);
  CHECK(acks.sure().size() == 1);  // asked before the new disk was known to have it
  CHECK(acks.wants_round());
  acks.add(1, kB, served(kAnyLife, kNoLife), 3);
  CHECK(acks.sure().size() == 2);
}

namespace {

// Three nodes, and what the first of them can vouch for of the others.
class Vouching {
 public:
  explicit Vouching(bool is_founding)
      : ring_(ring_of(3, 3, Policy::last_write_wins)),
        lives(NodeId{0}, ring_, is_founding) {}

  ActorId of(std::uint32_t node) {
    const Owners owners(ring_->table.owners(PartitionId{0}));
    return lives.owners_of(PartitionId{0}).at(*owners.place_of(NodeId{node}));
  }
  // Whom it asks now.
  std::vector<NodeId> asked(std::uint64_t now) {
    Effects effects;
    lives.ask(Tick{now}, Tick{100}, OperationId{7}, effects);
    std::vector<NodeId> to;
    for (const Message& message : effects.send) to.push_back(message.to);
    return to;
  }

 private:
  std::shared_ptr<const RingState> ring_;

 public:
  ServedLives lives;
};

}  // namespace

TEST_CASE("where a cluster is founded nobody was served, until somebody is") {
  Vouching node(true);
  CHECK(node.of(0) == kNoLife);
  CHECK(node.of(1) == kNoLife);
  node.lives.heard(NodeId{1}, kA);
  node.lives.heard(NodeId{1}, kLater);
  CHECK(node.of(1) == kNoLife);
  CHECK(node.asked(0).empty());
  node.lives.served(NodeId{1}, kLater);
  CHECK(node.of(1) == kAnyLife);
  CHECK(node.of(2) == kNoLife);
  CHECK(node.asked(0) == std::vector{NodeId{1}});
  CHECK(node.asked(99).empty());
  CHECK(node.asked(100) == std::vector{NodeId{1}});
}

TEST_CASE("after a start only answers to this process say which life there is now") {
  Vouching node(false);
  CHECK(node.of(1) == kAnyLife);
  node.lives.heard(NodeId{1}, kA);  // it may have been under way for long
  CHECK(node.of(1) == kAnyLife);
  node.lives.answered(NodeId{1}, kA, node.lives.question(NodeId{1}));
  CHECK(node.of(1) == kA);
  node.lives.served(NodeId{1}, kA);
  CHECK(node.of(1) == kA);
}

TEST_CASE("an answer from before somebody copied says nothing of who did") {
  Vouching node(false);
  const std::uint32_t before = node.lives.question(NodeId{1});
  node.lives.served(NodeId{1}, kLater);
  node.lives.answered(NodeId{1}, kA, before);
  CHECK(node.of(1) == kAnyLife);
  node.lives.answered(NodeId{1}, kLater, node.lives.question(NodeId{1}));
  CHECK(node.of(1) == kLater);
  // What an old life asked for comes late: it is served, and the present one asked again.
  node.lives.served(NodeId{1}, kA);
  CHECK(node.of(1) == kAnyLife);
}

TEST_CASE(
    "another life that is heard of is asked, and the old one stands until it answers") {
  Vouching node(false);
  node.lives.answered(NodeId{1}, kA, 0);
  node.lives.answered(NodeId{2}, kC, 0);
  CHECK(node.asked(0).empty());
  node.lives.heard(NodeId{1}, kA);
  CHECK(node.asked(0).empty());
  node.lives.heard(NodeId{1}, kLater);
  CHECK(node.asked(0) == std::vector{NodeId{1}});
  CHECK(node.of(1) == kA);
  node.lives.answered(NodeId{1}, kLater, 0);
  CHECK(node.of(1) == kLater);
  CHECK(node.asked(1000).empty());
}
