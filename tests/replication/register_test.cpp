// Registers: one value a key, and what each number of answers is worth.
#include <doctest/doctest.h>

#include "tests/replication/levels.hpp"
#include "tests/replication/table.hpp"

using namespace kv;

TEST_CASE("a put is readable through every node") {
  Table table;
  const Reply& put = table.run(0, put_of("cart", "apples"));
  CHECK(put.outcome == Outcome::ok);
  CHECK(put.answers >= 2);
  CHECK(put.needed == 2);
  for (std::size_t i = 0; i < 3; ++i) {
    const Reply& got = table.run(i, get_of("cart"));
    CHECK(got.outcome == Outcome::ok);
    CHECK(table.values(got) == std::vector<std::string>{"apples"});
  }
}

TEST_CASE("a put is acknowledged after W disks have it, and not before") {
  Table table;
  table.syncs_itself = false;
  const Ticket put = table.ask(0, put_of("cart", "apples"));
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
  table.sync(1);
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
  table.sync(0);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}

TEST_CASE("W and R are one request's: 1, 2, 3 of 3, and nothing else") {
  Table table;
  for (const std::size_t w : {1U, 2U, 3U}) {
    const Reply& put = table.run(0, put_of("k", "v", {.answers = w}));
    CHECK(put.outcome == Outcome::ok);
    CHECK(put.needed == w);
    CHECK(table.run(1, get_of("k", {.answers = w})).needed == w);
  }
  for (const std::size_t wrong : {0U, 4U}) {
    const Reply& put = table.run(0, put_of("k", "v", {.answers = wrong}));
    CHECK(put.outcome == Outcome::refused);
    CHECK(put.trouble == Trouble::bad_request);
    CHECK(table.run(0, get_of("k", {.answers = wrong})).trouble == Trouble::bad_request);
  }
  const Reply& both = table.run(0, get_of("k", {.level = Level::one, .answers = 1}));
  CHECK(both.trouble == Trouble::bad_request);
}

TEST_CASE("a coordinator that missed a put does not overwrite it unseen") {
  Table table;
  // n1 missed three puts of n2.
  for (int i = 0; i < 3; ++i) {
    const Ticket missed = table.ask(1, put_of("k", "v" + std::to_string(i)));
    table.drop(to(0));
    table.deliver_all();
    CHECK(table.now_reply(missed).outcome == Outcome::ok);
  }
  // n1's own guess is too low; it is refused, and tries above.
  const Reply& put = table.run(0, put_of("k", "last"));
  CHECK(put.outcome == Outcome::ok);
  CHECK(put.written.counter == 4);
  CHECK(table.values(table.run(2, get_of("k"))) == std::vector<std::string>{"last"});
}

TEST_CASE("an erased key is gone for readers, and stays so for late puts") {
  Table table;
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  CHECK(table.run(1, erase_of("k")).outcome == Outcome::ok);
  const Reply& got = table.run(2, get_of("k"));
  CHECK(got.outcome == Outcome::ok);
  CHECK(table.values(got).empty());
  CHECK(table.values(table.run(0, get_of("never"))).empty());
}

TEST_CASE("a message that comes twice, or late, changes nothing") {
  Table table;
  const Ticket put = table.ask(0, put_of("k", "v"));
  std::vector<Message> copies(table.mail.begin(), table.mail.end());
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
  CHECK(table.run(0, put_of("k", "w")).outcome == Outcome::ok);
  for (const Message& copy : copies) table.mail.push_back(copy);
  table.deliver_all();
  for (std::size_t i = 0; i < 3; ++i) {
    const Reply& got = table.run(i, get_of("k", {.answers = 1}));
    CHECK(table.values(got) == std::vector<std::string>{"w"});
  }
}

TEST_CASE("an owner that answers twice is one owner") {
  Table table;
  table.syncs_itself = true;
  const Ticket put = table.ask(0, put_of("k", "v", {.answers = 3}));
  table.drop(to(2));
  table.deliver([](const Message& message) { return is<Offer>(message); });
  std::vector<Message> answers(table.mail.begin(), table.mail.end());
  for (const Message& answer : answers) table.mail.push_back(answer);
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
}

TEST_CASE("W owners out of reach: an honest answer, at once where that is known") {
  Table table;
  table.stop(1);
  table.stop(2);
  const Ticket put = table.ask(0, put_of("k", "v"));
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
  table.bounce([](const Message& message) { return message.to != NodeId{0}; });
  const Reply& reply = table.now_reply(put);
  CHECK(reply.outcome == Outcome::unknown);  // this node has it
  CHECK(reply.trouble == Trouble::not_reached);
  CHECK(reply.answers == 1);
  CHECK(reply.needed == 2);
  CHECK(reply.detail ==
        "1 of the 2 owners needed acknowledged the write so far, and 2 of 3 cannot be "
        "reached");
}

TEST_CASE("an owner out of reach is named as what ended a write that wants all") {
  Table table;
  table.stop(2);
  const Ticket put = table.ask(0, put_of("k", "v", kAll));
  table.bounce(to(2));  // before anybody could answer
  const Reply& reply = table.now_reply(put);
  CHECK(reply.outcome == Outcome::unknown);
  CHECK(reply.detail ==
        "0 of the 3 owners needed acknowledged the write so far, and 1 of 3 cannot be "
        "reached");
}

TEST_CASE("an owner that is heard from again is not said to be out of reach") {
  Table table;
  table.ask(1, put_of("k", "v1"));
  table.drop(to(0));
  table.drop(to(2));
  table.deliver_all();  // n2 alone has it
  const Ticket put = table.ask(0, put_of("k", "v2"));
  table.bounce(to(2));
  REQUIRE(table.deliver_one(between(0, 1)));
  REQUIRE(table.deliver_one(between(1, 0)));  // a refusal: all are asked again
  table.drop(to(0));
  table.drop(to(1));
  table.deliver_all();
  table.pass(3'000'000);
  const Reply& reply = table.now_reply(put);
  CHECK(reply.trouble == Trouble::timed_out);
  CHECK(reply.detail == "1 of the 2 owners needed acknowledged the write");
}

TEST_CASE("owners that say nothing: unknown, when the patience is over") {
  Table table;
  table.stop(1);
  table.stop(2);
  Request request = put_of("k", "v");
  request.patience = Tick{500'000};
  const Ticket put = table.ask(0, std::move(request));
  table.deliver_all();
  table.pass(499'000);
  CHECK(table.reply(put) == nullptr);
  table.pass(1'000);
  CHECK(table.now_reply(put).outcome == Outcome::unknown);
  CHECK(table.now_reply(put).trouble == Trouble::timed_out);
  CHECK(table.node(0).in_flight() == 0);
}

TEST_CASE("a silent owner is asked again, and what was lost is made good") {
  Table table;
  const Ticket put = table.ask(0, put_of("k", "v", {.level = Level::all}));
  table.drop(to(1));
  table.deliver_all();
  CHECK(table.reply(put) == nullptr);
  table.pass(200'000);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}

TEST_CASE("a long value is not sent again while it may still be on its way") {
  Table table;
  constexpr std::size_t kBytes = 10'000'000;  // a second, at 10 MB/s
  const Ticket put = table.ask(0, put_of("k", std::string(kBytes, 'v')));
  const auto offers = [&] { return std::ranges::count_if(table.mail, is<Offer>); };
  table.deliver(between(0, 0));
  REQUIRE(offers() == 2);
  table.pass(1'199'999);
  CHECK(offers() == 2);
  table.pass(1);
  CHECK(offers() == 4);
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
}

TEST_CASE("a write that reached nobody is refused: nothing was written") {
  Table table({.nodes = 5});
  // A node that owns nothing of the key asks owners who are all down.
  const std::size_t outsider = table.outsider("k");
  const Ticket put = table.ask(outsider, put_of("k", "v"));
  table.bounce(anything);
  CHECK(table.now_reply(put).outcome == Outcome::unknown);
  // Two of three bounced; the third might still come: unknown. All three at once:
  const Ticket all = table.ask(outsider, put_of("k", "v", {.answers = 1}));
  table.bounce(anything);
  CHECK(table.now_reply(all).outcome == Outcome::refused);
}

TEST_CASE("a read repairs the owner that it saw behind") {
  Table table;
  const Ticket put = table.ask(0, put_of("k", "new"));
  table.drop(to(2));
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
  const Reply& got = table.run(2, get_of("k", {.answers = 2}));
  CHECK(table.values(got) == std::vector<std::string>{"new"});
  table.stop(0);
  table.stop(1);
  CHECK(table.values(table.run(2, get_of("k", {.answers = 1}))) ==
        std::vector<std::string>{"new"});
}

TEST_CASE("a read that asks all repairs also those it need not have asked") {
  Table table({.repair_one_in = 1});
  const Ticket put = table.ask(0, put_of("k", "new"));
  table.drop(to(2));
  table.deliver_all();
  CHECK(table.now_reply(put).outcome == Outcome::ok);
  CHECK(table.values(table.run(0, get_of("k"))) == std::vector<std::string>{"new"});
  table.deliver_all();
  CHECK(table.node(0).in_flight() == 0);
  CHECK(table.values(table.run(2, get_of("k", {.answers = 1}))) ==
        std::vector<std::string>{"new"});
}

TEST_CASE("a slow owner is not waited for: another is asked") {
  Table table;
  CHECK(table.run(0, put_of("k", "v")).outcome == Outcome::ok);
  table.stop(1);
  const Ticket got = table.ask(0, get_of("k"));
  table.deliver_all();
  CHECK(table.reply(got) == nullptr);
  table.pass(200'000);
  table.deliver_all();
  CHECK(table.values(table.now_reply(got)) == std::vector<std::string>{"v"});
}

TEST_CASE("a value with a time to live is over when the reader's clock says so") {
  Table table;
  Request request = put_of("k", "v");
  request.ttl_ms = 1000;
  CHECK(table.run(0, std::move(request)).outcome == Outcome::ok);
  table.wall = WallMs{1'000'999};
  CHECK(table.values(table.run(1, get_of("k"))).size() == 1);
  table.wall = WallMs{1'001'000};
  CHECK(table.values(table.run(1, get_of("k"))).empty());
  Request wrong = put_of("k", "v");
  wrong.ttl_ms = std::uint64_t{1} << 60;
  CHECK(table.run(0, std::move(wrong)).outcome == Outcome::refused);
}

TEST_CASE("keys and values over their limits are refused before anybody hears of them") {
  Table table;
  const Reply& empty = table.run(0, put_of("", "v"));
  CHECK(empty.outcome == Outcome::refused);
  CHECK(empty.trouble == Trouble::too_large);
  CHECK(table.run(0, get_of(std::string(kKeyBytesMax + 1, 'k'))).trouble ==
        Trouble::too_large);
  const Reply& large = table.run(0, put_of("k", std::string(kValueBytesMax + 1, 'v')));
  CHECK(large.outcome == Outcome::refused);
  CHECK(large.trouble == Trouble::too_large);
  CHECK(table.mail.empty());
}
