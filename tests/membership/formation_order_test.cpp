// The orders of messages that chance hardly finds: an old cluster's ring is under way while
// those who answer a founder are blank.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "v4_replicated_kv/membership/formation.hpp"

using namespace kv;

namespace {

// A node whose messages are carried by hand. Its seeds are all others, in the order of names.
struct Person {
  Person(std::size_t who, std::size_t count, std::uint64_t boot)
      : name(fmt::format("n{}", who + 1)) {
    FormationSetup setup{.self = {.addresses = {.name = name}, .boot = boot},
                         .plan = {.copies = 2, .partitions = 4, .vnodes = 4},
                         .chance = boot};
    for (std::size_t i = 0; i < count; ++i) {
      if (i != who) setup.seeds.push_back(fmt::format("n{}", i + 1));
      place.push_back(i < who ? i : i - 1);
    }
    formation = std::make_unique<Formation>(setup, std::nullopt, now);
  }
  WhoAreYou question() {
    now = now + Tick{1'000'000};
    FormationEffects out;
    formation->time(now, out);
    return out.ask.at(0).ask;
  }
  IAm answer(const WhoAreYou& question) {
    FormationEffects out;
    return formation->asked(question, now, out).value();
  }
  void told(std::size_t by, IAm answer) {
    FormationEffects out;
    formation->told(place.at(by), std::move(answer), now, out);
    if (out.join) joining = std::move(out.join);
  }
  // One question and its answer, without delay.
  void hear(std::size_t by, Person& other) { told(by, other.answer(question())); }

  std::string name;
  std::vector<std::size_t> place;  // of a node among its seeds
  Tick now{1};
  std::unique_ptr<Formation> formation;
  std::optional<Joining> joining;
};

}  // namespace

TEST_CASE("who answers a founder cannot be reached by an older cluster any more") {
  Person founder(0, 2, 1);
  Person other(1, 2, 2);
  other.hear(0, founder);
  for (int i = 0; i < 3 && !founder.joining; ++i) founder.hear(1, other);
  REQUIRE(founder.joining);
  founder.formation->joined(founder.now);
  // The ring is on its way when the founder's disk is lost.
  const IAm late = founder.answer(other.question());
  REQUIRE(late.offer);
  Person again(0, 2, 3);
  for (int i = 0; i < 3 && !again.joining; ++i) again.hear(1, other);
  REQUIRE(again.joining);
  CHECK(again.joining->identity.cluster != founder.joining->identity.cluster);
  other.told(0, late);
  CHECK_FALSE(other.joining);
}

TEST_CASE(
    "a founder that is told `blank` once, or by two processes, has been told nothing") {
  // The first cluster is founded by n1. Its ring is on its way to n3 when n1's disk is lost.
  Person old_founder(0, 3, 1);
  Person second(1, 3, 2);
  auto third = std::make_unique<Person>(2, 3, 3);
  const auto introduce = [](Person& who, std::size_t a, Person& one, std::size_t b,
                            Person& two) {
    who.hear(a, one);
    who.hear(b, two);
  };
  introduce(second, 0, old_founder, 2, *third);
  introduce(*third, 0, old_founder, 1, second);
  for (int i = 0; i < 4 && !old_founder.joining; ++i) {
    const WhoAreYou question = old_founder.question();
    old_founder.told(1, second.answer(question));
    old_founder.told(2, third->answer(question));
  }
  REQUIRE(old_founder.joining);
  old_founder.formation->joined(old_founder.now);
  Person founder(0, 3, 4);
  introduce(founder, 1, second, 2, *third);
  const WhoAreYou of_third = third->question();
  const IAm ring_to_third = old_founder.answer(of_third);
  REQUIRE(ring_to_third.offer);

  // The first round: n2 is blank.
  const WhoAreYou first = founder.question();
  REQUIRE(first.founds);
  founder.told(1, second.answer(first));
  // n3 gets the old ring, passes it on to n2, and loses its disk: it is blank as well.
  third->told(1, second.answer(of_third));
  third->told(0, ring_to_third);
  REQUIRE(third->joining);
  third->formation->joined(third->now);
  const WhoAreYou of_second = second.question();
  const IAm ring_to_second = third->answer(of_second);
  REQUIRE(ring_to_second.offer);
  third = std::make_unique<Person>(2, 3, 5);
  introduce(*third, 0, founder, 1, second);
  founder.told(2, third->answer(first));
  CHECK_FALSE(founder.joining);  // or n2 would now get the old ring

  // The second round: n3 is blank. n2 gets the old ring, passes it on, and loses its disk.
  const WhoAreYou next = founder.question();
  REQUIRE(next.founds);
  REQUIRE(next.round != first.round);
  founder.told(2, third->answer(next));
  second.told(0, founder.answer(of_second));
  second.told(2, ring_to_second);
  REQUIRE(second.joining);
  second.formation->joined(second.now);
  const WhoAreYou last = third->question();
  const IAm ring_back = second.answer(last);
  REQUIRE(ring_back.offer);
  Person second_again(1, 3, 6);
  introduce(second_again, 0, founder, 2, *third);
  founder.told(1, second_again.answer(next));
  CHECK_FALSE(founder.joining);  // or n3 would now get the old ring

  // Then all are quiet, and the founder founds. The old ring comes too late.
  for (int i = 0; i < 4 && !founder.joining; ++i) {
    const WhoAreYou question = founder.question();
    founder.told(1, second_again.answer(question));
    founder.told(2, third->answer(question));
  }
  REQUIRE(founder.joining);
  third->told(1, ring_back);
  CHECK_FALSE(third->joining);
}
