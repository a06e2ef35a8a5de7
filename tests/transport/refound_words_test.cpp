// What nodes say about another cluster, within their introduction.
#include "v4_replicated_kv/transport/grpc/refound_words.hpp"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "v4_replicated_kv/transport/grpc/introduction.hpp"

using namespace kv;

namespace {

WhoAreYou bare_question() {
  return {.from = {.addresses = {.name = "n1"}, .boot = 99}};
}

IAm bare_answer() {
  return {.from = bare_question().from, .plan = {.copies = 2, .partitions = 64}};
}

}  // namespace

TEST_CASE("a question about another cluster, and its answer, come through as they were") {
  std::vector<Newcomer> newcomers;
  for (int i = 0; i < 20; ++i) newcomers.push_back({.name = "n" + std::to_string(i)});
  // The largest ring that there is.
  auto ring = found_ring(newcomers, {.copies = kCopiesMax, .partitions = kPartitionsMax});
  REQUIRE(ring);
  Refoundation plan{.cluster = ClusterId{5},
                    .founder = "n3",
                    .before = ClusterId{4},
                    .founder_disk = 9,
                    .hash_seed = 77,
                    .ring = *std::move(ring)};
  for (const Newcomer& one : newcomers) {
    plan.members.push_back({.name = one.name, .grpc = "a:9"});
  }
  WhoAreYou asked = bare_question();
  asked.refound =
      RefoundQuestion{.verb = RefoundVerb::prepare, .attempt = 5, .plan = plan};
  const auto prepare = parse_question(question_bytes(asked));
  REQUIRE(prepare);
  REQUIRE(prepare->refound);
  CHECK(prepare->refound->verb == RefoundVerb::prepare);
  CHECK(prepare->refound->attempt == 5);
  CHECK(*prepare->refound->plan == plan);
  asked.refound = RefoundQuestion{
      .verb = RefoundVerb::add, .attempt = 6, .address = "b:8", .weight = 2};
  const auto add = parse_question(question_bytes(asked));
  REQUIRE(add);
  CHECK(add->refound->verb == RefoundVerb::add);
  CHECK(add->refound->address == "b:8");
  CHECK(add->refound->weight == 2);
  IAm said = bare_answer();
  for (const Errc code : {Errc::conflict, Errc::locked, Errc::io}) {
    said.refound = RefoundAnswer{.disk = 1,
                                 .members = 2,
                                 .unfit = "it holds \xff",
                                 .is_away = true,
                                 .standing = RefoundStanding::refused,
                                 .code = code,
                                 .why = "no"};
    const auto told = parse_answer(answer_bytes(said));
    REQUIRE(told);
    REQUIRE(told->refound);
    CHECK(told->refound->disk == 1);
    CHECK(told->refound->members == 2);
    CHECK(told->refound->unfit == "it holds \xff");
    CHECK(told->refound->is_away);
    CHECK(told->refound->standing == RefoundStanding::refused);
    CHECK(told->refound->code == code);
    CHECK(told->refound->why == "no");
  }
}

TEST_CASE("a question about another cluster that makes no sense is refused") {
  const auto is_refused = [](auto spoil) {
    WhoAreYou asked = bare_question();
    asked.refound =
        RefoundQuestion{.verb = RefoundVerb::add, .address = "b:8", .weight = 2};
    spoil(*asked.refound);
    const auto read = parse_question(question_bytes(asked));
    return !read && read.error().code == Errc::corrupt;
  };
  CHECK_FALSE(is_refused([](auto&) {}));
  CHECK(is_refused([](auto& one) { one.verb = static_cast<RefoundVerb>(9); }));
  CHECK(
      is_refused([](auto& one) { one.verb = RefoundVerb::prepare; }));  // without a plan
  CHECK(is_refused([](auto& one) { one.address.assign(kAddressBytesMax + 1, 'a'); }));
  CHECK(is_refused([](auto& one) { one.weight = -1; }));
  CHECK(is_refused([](auto& one) { one.weight = std::nan(""); }));
}
