// One connection's rules, without a connection.
#include "v4_replicated_kv/transport/peer_link.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/transport/table.hpp"
#include "v4_replicated_kv/wire/message_bytes.hpp"

using namespace kv;
using namespace kv::test;

namespace {

struct Heard : PeerLink::Sink {
  Result<void> greeted(const Greeting& peer, Channel channel) override {
    greeters.push_back(peer.node);
    channels.push_back(channel);
    return {};
  }
  void came(Message message) override { mail.push_back(std::move(message)); }

  std::vector<NodeId> greeters;
  std::vector<Channel> channels;
  std::vector<Message> mail;
};

// Two ends, and what each was told.
struct Pair {
  explicit Pair(Channel channel)
      : one(PeerLink::dialling(options_of(kNode1).self, kNode2, channel)),
        two(PeerLink::listening(options_of(kNode2).self)) {
    exchange();
    REQUIRE(one.is_greeted());
    REQUIRE(two.is_greeted());
  }

  // Until neither has anything to say.
  void exchange() {
    for (;;) {
      const std::string from_one = one.take();
      const std::string from_two = two.take();
      if (from_one.empty() && from_two.empty()) return;
      REQUIRE(two.feed(from_one, at_two));
      REQUIRE(one.feed(from_two, at_one));
    }
  }

  void send_page(std::uint64_t number, std::size_t bytes) {
    Message message = page(kNode2, number, bytes);
    message.from = kNode1;
    REQUIRE(one.add(message));
  }

  PeerLink one;
  PeerLink two;
  Heard at_one;
  Heard at_two;
};

}  // namespace

TEST_CASE("both ends learn who is there, and what the connection is for") {
  for (const Channel channel : {Channel::control, Channel::data, Channel::bulk}) {
    const Pair pair(channel);
    CHECK(pair.at_one.greeters == std::vector{kNode2});
    CHECK(pair.at_two.greeters == std::vector{kNode1});
    CHECK(pair.at_two.channels == std::vector{channel});
    CHECK(pair.one.waiting() == 0);
    CHECK(pair.two.waiting() == 0);
  }
}

TEST_CASE("pages stop where credit ends, and go on when what came was worked off") {
  constexpr std::size_t kEach = 100'000;
  constexpr std::size_t kPages = 40;
  Pair pair(Channel::bulk);
  for (std::uint64_t i = 0; i < kPages; ++i) pair.send_page(i, kEach);
  const std::size_t all = pair.one.waiting();
  pair.exchange();
  CHECK(pair.at_two.mail.size() * kEach <= PeerLink::kBulkWindow);
  CHECK((pair.at_two.mail.size() + 3) * kEach >= PeerLink::kBulkWindow);
  CHECK(pair.one.waiting() >= all - PeerLink::kBulkWindow - 16 * kFrameHeaderBytes);
  int rounds = 0;
  while (pair.at_two.mail.size() < kPages) {
    REQUIRE(++rounds < 40);
    pair.two.give_credit();
    pair.exchange();
  }
  CHECK(numbers_of(pair.at_two.mail) == numbers_to(kPages));
}

TEST_CASE("a page of many pieces gets through a window that is smaller") {
  Pair pair(Channel::bulk);
  pair.send_page(0, kValueBytesMax);
  for (int round = 0; round < 100 && pair.at_two.mail.empty(); ++round) {
    pair.two.give_credit();
    pair.exchange();
  }
  CHECK(numbers_of(pair.at_two.mail) == numbers_to(1));
}

TEST_CASE("who sends more pages than it has credit for is cut off") {
  Message one_page = page(kNode2, 1, 200'000);
  one_page.from = kNode1;
  std::string body;
  REQUIRE(append_message(body, Policy::last_write_wins, one_page));
  std::string frame;
  append_frame(frame,
               {.kind = FrameKind::messages, .channel = Channel::bulk, .body = body});
  Pair pair(Channel::bulk);
  std::size_t taken = 0;
  while (pair.two.feed(frame, pair.at_two)) ++taken;
  CHECK(taken == PeerLink::kBulkWindow / body.size());
}

TEST_CASE("what waits for data needs no credit") {
  Pair pair(Channel::data);
  for (std::uint64_t i = 0; i < 40; ++i) {
    Message message = long_one(kNode2, i, 100'000);
    message.from = kNode1;
    REQUIRE(pair.one.add(message));
  }
  CHECK(pair.one.waiting() > PeerLink::kBulkWindow);
  pair.exchange();
  CHECK(pair.at_two.mail.size() == 40);
}
