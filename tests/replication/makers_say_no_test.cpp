// Siblings whose maker cannot make them, or is not heard of again.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/replication/siblings.hpp"
#include "tests/replication/table.hpp"
#include "v4_replicated_kv/versioning/context.hpp"

using namespace kv;

TEST_CASE("a maker whose disk is full is no end: another owner makes the sibling") {
  Table table(siblings());
  table.engine(0).write_error = kDiskFull;
  const Reply& put = table.run(0, first_put(table, "apples"));
  CHECK(put.outcome == Outcome::ok);
  CHECK(put.answers == 2);
  table.engine(0).write_error.reset();
  CHECK(read_cart(table, 0) == std::vector<std::string>{"apples"});
}

TEST_CASE("all makers' disks full: refused, with that reason, and nothing is anywhere") {
  Table table(siblings());
  for (std::size_t i = 0; i < 3; ++i) table.engine(i).write_error = kDiskFull;
  const Reply& put = table.run(0, first_put(table, "apples"));
  CHECK(put.outcome == Outcome::refused);
  CHECK(put.trouble == Trouble::disk_full);
  CHECK(put.detail ==
        "0 of the 2 owners needed acknowledged the write: no room for a segment");
  for (std::size_t i = 0; i < 3; ++i) CHECK(table.held(i, "cart").empty());
}

TEST_CASE("at the limit of siblings a put is refused, and none is dropped to make room") {
  Table table(siblings());
  const SiblingLimits limits{};
  std::vector<std::string> all;
  for (std::size_t i = 0; i < limits.siblings; ++i) {
    all.push_back("v" + std::to_string(i));
    REQUIRE(table.run(0, first_put(table, all.back())).outcome == Outcome::ok);
  }
  const Reply& put = table.run(0, first_put(table, "one more"));
  CHECK(put.outcome == Outcome::refused);
  CHECK(put.trouble == Trouble::conflict);
  std::ranges::sort(all);
  CHECK(read_cart(table, 1) == all);
}

TEST_CASE("a context that names what nobody can have written is refused by the maker") {
  Table table(siblings());
  History forged;
  forged.add({.actor = ActorId{1}, .seq = kSeqMax});
  const KeyHash hash = hash_key(table.rules().replica.hash, "cart");
  for (Request request : {put_of("cart", "v"), erase_of("cart")}) {
    request.context = *context_text(forged, hash);
    const Reply& reply = table.run(0, std::move(request));
    CHECK(reply.outcome == Outcome::refused);
    CHECK(reply.trouble == Trouble::conflict);
  }
}

TEST_CASE("a maker without numbers for versions says so, and another is asked") {
  Table table({.nodes = 4, .policy = Policy::siblings});
  const std::size_t outsider = table.outsider("cart");
  table.reserves = false;
  table.boot(table.owners("cart")[0], true);
  CHECK_FALSE(table.node(table.owners("cart")[0]).is_ready());
  const Reply& put = table.run(outsider, first_put(table, "apples"));
  CHECK(put.outcome == Outcome::ok);
  CHECK(read_cart(table, outsider) == std::vector<std::string>{"apples"});
}

TEST_CASE("an owner that is catching up makes nothing, and is passed over") {
  Table table(siblings());
  table.stop(0);
  table.boot(0, false, true);
  table.deliver(
      [](const Message& message) { return is<Hello>(message) || is<KnownAs>(message); });
  std::deque<Message> pulls;
  std::swap(pulls, table.mail);
  // It does not ask itself first, if it is asked; another cannot know, and asks it in vain.
  const Ticket own = table.ask(0, first_put(table, "apples"));
  CHECK(std::ranges::none_of(table.mail, between(0, 0)));
  table.deliver_all();
  CHECK(table.now_reply(own).outcome == Outcome::ok);
  std::swap(pulls, table.mail);
  table.deliver_all();
  CHECK(table.node(0).is_whole());
  CHECK(read_cart(table, 0) == std::vector<std::string>{"apples"});

  Table other({.nodes = 4, .policy = Policy::siblings});
  const std::size_t first = other.owners("cart")[0];
  other.boot(first, false, true);
  other.drop(anything);
  const Ticket put = other.ask(other.outsider("cart"), first_put(other, "pears"));
  CHECK(std::ranges::count_if(other.mail, to(first)) == 1);
  other.deliver_all();
  CHECK(other.now_reply(put).outcome == Outcome::ok);
}

TEST_CASE("a maker that cannot read what it holds is passed over, even if asked twice") {
  Table table(siblings());
  CHECK(table.run(0, first_put(table, "apples")).outcome == Outcome::ok);
  table.engine(0).find_error = Error{Errc::corrupt, "damage"};
  const Ticket put = table.ask(0, first_put(table, "pears"));
  table.mail.push_back(table.mail.front());
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
  table.engine(0).find_error.reset();
  CHECK(read_cart(table, 1) == std::vector<std::string>{"apples", "pears"});
}

TEST_CASE("a wish that was refused is not granted when it comes again") {
  Table table(siblings());
  table.engine(0).write_error = kDiskFull;
  const Ticket put = table.ask(0, first_put(table, "apples"));
  const Message mint = table.mail.front();
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);  // n2 made it
  table.engine(0).write_error.reset();
  table.run(1, erase_of("cart"));
  for (int i = 0; i < 2; ++i) table.mail.push_back(mint);
  table.deliver_all();
  CHECK(read_cart(table, 2).empty());
}

TEST_CASE("a wish is remembered for thousands of others, and not for ever") {
  Table table(siblings());
  const Ticket put = table.ask(0, first_put(table, "apples"));
  const Message mint = table.mail.front();
  table.deliver_all();
  REQUIRE(table.now_reply(put).outcome == Outcome::ok);
  REQUIRE(table.run(0, erase_of("cart")).outcome == Outcome::ok);
  Message other = mint;
  std::get<Mint>(other.body).draft.kind = Kind::tombstone;  // needs no room
  const auto others = [&](std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      other.operation = OperationId{other.operation.raw() + 1'000};
      table.step(0, other);
    }
    table.drop(anything);
  };
  others(4'000);
  table.step(0, mint);
  CHECK(table.held(0, "cart").versions.empty());
  others(200);
  for (std::uint64_t i = 0; i < 10; ++i) {  // nor is the request, after eight with ids
    Request request = first_put(table, "v");
    request.id = RequestId{900 + i};
    REQUIRE(table.run(0, std::move(request)).outcome == Outcome::ok);
  }
  const std::size_t before = table.held(0, "cart").versions.size();
  table.step(0, mint);
  CHECK(table.held(0, "cart").versions.size() == before + 1);
}

TEST_CASE("a maker that says nothing: asked again, and then nobody knows") {
  Table table({.nodes = 4, .policy = Policy::siblings});
  const Ticket put = table.ask(table.outsider("cart"), first_put(table, "apples"));
  CHECK(std::ranges::count_if(table.mail, is<Mint>) == 1);
  table.drop(anything);
  table.pass(200'000);
  CHECK(std::ranges::count_if(table.mail, is<Mint>) == 1);
  // The second did not arrive. The first may have: no other maker is asked.
  table.bounce(anything);
  CHECK(table.mail.empty());
  table.pass(1'800'000);
  CHECK(table.now_reply(put).outcome == Outcome::unknown);
  CHECK(table.now_reply(put).trouble == Trouble::timed_out);
}

TEST_CASE("a put that stops before anybody was asked to make it is refused") {
  Table table(siblings());
  const Ticket put = table.ask(0, put_of("cart", "apples"));  // reads first
  table.step(0, LogFailed{.cause = {Errc::io, "no luck"}});
  CHECK(table.now_reply(put).outcome == Outcome::refused);
  CHECK(table.now_reply(put).detail == "the node that was asked stopped");

  Table later(siblings());
  const Ticket asked = later.ask(0, first_put(later, "apples"));
  later.step(0, LogFailed{.cause = {Errc::io, "no luck"}});
  CHECK(later.now_reply(asked).outcome == Outcome::unknown);
}

TEST_CASE(
    "a put without a context goes on without one owner, and is refused without two") {
  Table table(siblings());
  CHECK(table.run(0, first_put(table, "apples")).outcome == Outcome::ok);
  table.engine(1).find_error = Error{Errc::corrupt, "damage"};
  const Ticket put = table.ask(0, put_of("cart", "pears"));
  table.deliver([](const Message& message) { return is<Ask>(message); });
  table.bounce(to(1));  // nothing: it has answered
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
  table.engine(2).find_error = table.engine(1).find_error;
  const Reply& none = table.run(0, put_of("cart", "plums"));
  CHECK(none.outcome == Outcome::refused);
  CHECK(none.trouble == Trouble::not_reached);
}

TEST_CASE("a put without a context asks the silent again") {
  Table table(siblings());
  const Ticket put = table.ask(0, put_of("cart", "pears"));
  table.drop([](const Message& message) { return message.to != NodeId{0}; });
  table.deliver_all();
  table.pass(200'000);
  CHECK(std::ranges::count_if(table.mail, is<Ask>) == 2);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}

TEST_CASE("the state is pushed again to who is silent, the maker too") {
  Table table(siblings());
  const Ticket put = table.ask(0, first_put(table, "apples"));
  table.deliver_one(to(0));  // the wish
  table.deliver_one([](const Message& message) { return is<Minted>(message); });
  table.drop(anything);  // the maker's acknowledgement, and both copies
  table.pass(200'000);
  CHECK(std::ranges::count_if(table.mail, is<Push>) == 3);
  table.deliver_one(to(1));
  table.bounce(to(2));
  CHECK(table.reply(put) == nullptr);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}

TEST_CASE("copies that fail after it was made leave the put unknown") {
  Table table(siblings());
  for (const std::size_t i : {1U, 2U}) table.engine(i).write_error = kDiskFull;
  const Reply& put = table.run(0, first_put(table, "apples"));
  CHECK(put.outcome == Outcome::unknown);
  CHECK(put.trouble == Trouble::disk_full);
  CHECK(put.answers == 1);
  CHECK(table.held(0, "cart").versions.size() == 1);
}

TEST_CASE("a maker that is lost after it told the state: the put is unknown") {
  Table table(siblings());
  const Ticket put = table.ask(0, first_put(table, "apples"));
  table.deliver_one(to(0));
  table.deliver_one([](const Message& message) { return is<Minted>(message); });
  table.drop(from(0));  // its acknowledgement, too
  table.pass(200'000);
  table.bounce(to(0));
  CHECK(table.now_reply(put).outcome == Outcome::unknown);
  CHECK(table.now_reply(put).trouble == Trouble::not_reached);
}

TEST_CASE("answers that do not belong to what a sibling write is doing change nothing") {
  Table table(siblings());
  const Ticket put = table.ask(0, put_of("cart", "apples"));
  const Message ask = *std::ranges::find_if(table.mail, to(1));
  const auto say = [&](std::uint32_t round, auto body) {
    Message message = answer_to(ask, std::move(body));
    message.from = NodeId{1};
    message.epoch = ask.epoch;
    message.round = round;
    table.step(0, std::move(message));
  };
  say(0, Minted{});
  say(0, Stored{});
  table.deliver_one(to(0));
  table.deliver_one(to(0));  // its own answer: one of two
  say(0, Held{});
  CHECK(std::ranges::count_if(table.mail, is<Mint>) == 1);
  say(1, Held{});
  say(1, Minted{});  // n2 was not asked
  say(1, Stored{.storing = Storing::failed});
  say(1, Stored{});
  CHECK(std::ranges::count_if(table.mail, is<Mint>) == 1);
  CHECK(table.reply(put) == nullptr);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}

TEST_CASE("a key whose history is too long to be told is an error, not a shorter one") {
  Table table(siblings());
  KeyState large;
  for (std::uint64_t actor = 1; actor <= kHistoryEntriesMax + 1; ++actor) {
    large.seen.raise({.actor = ActorId{actor}, .seq = 1});
  }
  const Ticket get = table.ask(0, get_of("cart", {.level = Level::one}));
  answer_as(table, 0, 0, Held{.digest = 1, .state = large});
  table.deliver_all();
  CHECK(table.now_reply(get).trouble == Trouble::conflict);
  const Ticket put = table.ask(0, first_put(table, "apples"));
  answer_as(table, 0, 0, Minted{.state = large, .context = large.seen});
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);  // its maker has said nothing yet
  table.pass(200'000);
  table.deliver_all();
  CHECK(table.now_reply(put).trouble == Trouble::conflict);
  CHECK(table.now_reply(put).outcome == Outcome::unknown);
}
