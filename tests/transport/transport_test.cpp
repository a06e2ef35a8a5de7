// What any transport promises, over real connections.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/transport/table.hpp"
#include "tests/wire/random_messages.hpp"
#include "tests/wire/same_message.hpp"
#include "v4_replicated_kv/wire/message_bytes.hpp"
#include "v4_replicated_kv/wire/outbox.hpp"

using namespace kv;
using namespace kv::test;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

}  // namespace

TEST_CASE(
    "messages of every kind arrive as they were sent, in the order of their channel") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    auto [table, one, two] = TwoConnected(adapter);
    CHECK(one.peers_up.front().node == kNode2);
    const std::uint64_t seed = 7;
    CAPTURE(seed);
    RandomMessages random(seed, Policy::last_write_wins);
    std::vector<Message> sent;
    for (std::size_t i = 0; i < 20 * kBodies; ++i) {
      Message message = random.next(i % kBodies);
      message.from = kNode2;
      message.to = kNode1;
      sent.push_back(message);
      two.send(message);
    }
    REQUIRE(table.run_until([&] { return one.mail.size() == sent.size(); }));
    for (const Channel channel : {Channel::control, Channel::data, Channel::bulk}) {
      const auto on_it = [&](const std::vector<Message>& all) {
        std::vector<Message> some;
        std::ranges::copy_if(all, std::back_inserter(some), [&](const Message& message) {
          return channel_of(message) == channel;
        });
        return some;
      };
      CHECK(std::ranges::equal(
          on_it(sent), on_it(one.mail),
          [](const Message& a, const Message& b) { return same(a, b); }));
    }
    CHECK(two.lost.empty());
    CHECK(one.heard_of == kNode2);
  }
}

TEST_CASE("a message as long as any may be arrives, and others go meanwhile") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    auto [table, one, two] = TwoConnected(adapter);
    one.send(page(kNode2, 0, kValueBytesMax));
    one.send(long_one(kNode2, 1, kValueBytesMax));
    Message alive;
    alive.to = kNode2;
    alive.operation = OperationId{2};
    alive.body = Heartbeat{};
    one.send(alive);
    REQUIRE(table.run_until([&] { return two.mail.size() == 3; }));
    CHECK(two.mail.front().operation == OperationId{2});
  }
}

TEST_CASE("what surely does not arrive is told at once, and nothing else is") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    Table table(adapter);
    Sitter& one = table.seat(options_of(kNode1));
    one.send(question(kNode2, 0));
    CHECK(numbers_of(one.lost) == numbers_to(1));

    Sitter& two = table.seat(options_of(kNode2));
    table.introduce();
    REQUIRE(table.all_are_up());
    Message too_many = page(kNode2, 1, 1);
    std::get<Page>(too_many.body)
        .entries.resize(kPageEntriesMax + 1, {.key = "k", .state = {}});
    one.send(too_many);
    CHECK(numbers_of(one.lost) == numbers_to(2));
    one.send(question(kNode2, 2));
    REQUIRE(table.run_until([&] { return two.mail.size() == 1; }));
    CHECK(one.lost.size() == 2);
  }
}

TEST_CASE("a peer that ends is down, and up again when it is back, whoever dials") {
  for (const Adapter& adapter : adapters()) {
    for (const NodeId stays : {kNode1, kNode2}) {
      CAPTURE(adapter.name);
      CAPTURE(stays.raw());
      const NodeId goes = stays == kNode1 ? kNode2 : kNode1;
      Table table(adapter);
      Sitter& still = table.seat(options_of(stays));
      Sitter* mortal = &table.seat(options_of(goes));
      table.introduce();
      for (std::uint64_t boot = 2; boot < 6; ++boot) {
        CAPTURE(boot);
        REQUIRE(table.all_are_up());
        const std::uint16_t port = mortal->transport->port();
        table.leave(*mortal);
        REQUIRE(table.run_until([&] { return still.peers_up.empty(); }));
        // The peer is down with its first connection; what goes on the others until they
        // end as well may be lost in silence.
        REQUIRE(table.run_until([&] {
          still.send(question(goes, boot));
          return !still.lost.empty();
        }));
        CHECK(numbers_of(still.lost) == std::vector{boot});
        still.lost.clear();
        TransportOptions again = options_of(goes, boot);
        again.port = port;
        mortal = &table.seat(again);
        mortal->transport->set_peers({still.address()});
        REQUIRE(table.all_are_up());
        CHECK(still.peers_up.front().boot == boot);
        still.send(question(goes, 9));
        REQUIRE(table.run_until([&] { return mortal->mail.size() == 1; }));
      }
      CHECK(still.downs == 4);
    }
  }
}

TEST_CASE(
    "a peer that does not read takes so much memory and no more, and delays nobody") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    constexpr std::size_t kWaitingMax = 2 * kMiB;
    constexpr std::size_t kEach = 64 << 10;
    Table table(adapter);
    TransportOptions options = options_of(kNode1);
    options.limits.waiting_bytes_max = kWaitingMax;
    Sitter& one = table.seat(options);
    Sitter& slow = table.seat(options_of(kNode2));
    Sitter& other = table.seat(options_of(kNode3));
    table.introduce();
    REQUIRE(table.all_are_up());
    slow.is_asleep = true;
    std::uint64_t sent = 0;
    std::size_t most = 0;
    // The kernel has room for some of it, however much that is.
    while (one.lost.empty()) {
      one.send(long_one(kNode2, sent, kEach));
      one.transport->flush();
      most = std::max(most, one.transport->counts().waiting_bytes);
      REQUIRE(++sent < 4096);
    }
    CHECK(numbers_of(one.lost) == std::vector{sent - 1});
    CHECK(most >= kWaitingMax);
    CHECK(most < kWaitingMax + 2 * kEach);
    for (std::uint64_t i = 0; i < 1000; ++i) one.send(question(kNode3, i));
    REQUIRE(table.run_until([&] { return other.mail.size() == 1000; }));
    CHECK(one.lost.size() == 1);

    slow.is_asleep = false;
    REQUIRE(table.run_until([&] { return slow.mail.size() == sent - 1; }));
    CHECK(numbers_of(slow.mail) == numbers_to(sent - 1));
    // The receiver may know before the sender does that the last of it has gone.
    CHECK(table.run_until([&] { return one.transport->counts().waiting_bytes == 0; }));
  }
}

TEST_CASE("pages go as far as their receiver gave credit, and all of them arrive") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    constexpr std::size_t kPages = 64;
    constexpr std::size_t kEach = 128 << 10;
    auto [table, one, slow] = TwoConnected(adapter);
    // Credit is the first thing that goes on the channel.
    one.send(page(kNode2, 0, 1));
    REQUIRE(table.run_until([&] { return slow.mail.size() == 1; }));
    slow.mail.clear();
    slow.is_asleep = true;
    for (std::uint64_t i = 0; i < kPages; ++i) one.send(page(kNode2, i, kEach));
    one.transport->flush();
    CHECK(one.transport->counts().waiting_bytes >= kPages * kEach - kMiB);
    // The data channel is free.
    one.send(question(kNode2, 1000));
    slow.is_asleep = false;
    REQUIRE(table.run_until([&] { return slow.mail.size() == kPages + 1; }));
    std::erase_if(slow.mail, [](const Message& message) {
      return std::holds_alternative<Ask>(message.body);
    });
    CHECK(numbers_of(slow.mail) == numbers_to(kPages));
  }
}

TEST_CASE("a peer that is silent for too long is down, and what waited for it is gone") {
  for (const Adapter& adapter : adapters()) {
    for (const std::uint64_t pages : {0U, 8U}) {
      CAPTURE(adapter.name);
      CAPTURE(pages);
      TransportOptions options = options_of(kNode1);
      options.silent_max = std::chrono::milliseconds(300);
      auto [table, one, hangs] = TwoConnected(adapter, options);
      hangs.is_asleep = true;
      for (std::uint64_t i = 0; i < pages; ++i) one.send(page(kNode2, i, kMiB));
      one.transport->flush();
      REQUIRE(table.run_until([&] { return one.peers_up.empty(); }));
      // With pages that it does not take, the kernel may be the first to give up.
      if (pages == 0) CHECK(one.has_reason("has said nothing"));
      CHECK(table.run_until([&] { return one.transport->counts().waiting_bytes == 0; }));
      hangs.is_asleep = false;
      CHECK(table.run_until([&] { return one.is_up(kNode2) && hangs.is_up(kNode1); }));
    }
  }
}

TEST_CASE("a guest that no member knows of asks, and is answered where it asked") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    const NodeId guest{kFirstGuest.raw() + 5};
    Table table(adapter);
    Sitter& one = table.seat(options_of(kNode1));
    Sitter& proxy = table.seat(options_of(guest));
    proxy.transport->set_peers({one.address()});
    REQUIRE(table.run_until([&] { return one.is_up(guest) && proxy.is_up(kNode1); }));
    // A majority is of members.
    CHECK(one.transport->counts().up == 0);
    CHECK(proxy.transport->counts().up == 1);
    proxy.send(question(kNode1, 1));
    REQUIRE(table.run_until([&] { return one.mail.size() == 1; }));
    Message answer = answer_to(one.mail.front(), Held{});
    one.send(answer);
    REQUIRE(table.run_until([&] { return proxy.mail.size() == 1; }));
    // Members may come and go: that is no business of guests.
    one.transport->set_peers({});
    proxy.send(question(kNode1, 2));
    CHECK(table.run_until([&] { return one.mail.size() == 2; }));
  }
}

TEST_CASE(
    "whoever is of another cluster, has another secret or is no member stays outside") {
  struct Stranger {
    const char* reason;  // that the other gives
    ClusterId cluster{0xC1};
    std::string secret = "open sesame";
    bool is_member = true;
  };
  const std::vector<Stranger> strangers{
      {.reason = "is of cluster", .cluster = ClusterId{0xC2}},
      {.reason = "does not know the cluster's secret", .secret = "open barley"},
      {.reason = "has no secret", .secret = ""},
      {.reason = "is no member", .is_member = false}};
  for (const Adapter& adapter : adapters()) {
    for (const Stranger& stranger : strangers) {
      CAPTURE(adapter.name);
      CAPTURE(stranger.reason);
      Table table(adapter);
      Sitter& two = table.seat(options_of(kNode2));
      TransportOptions options = options_of(kNode1);
      options.self.greeting.cluster = stranger.cluster;
      options.self.secret = stranger.secret;
      Sitter& one = table.seat(options);
      if (stranger.is_member) table.introduce();
      one.transport->set_peers({two.address()});
      REQUIRE(table.run_until([&] { return two.has_reason(stranger.reason); }));
      CHECK(two.peers_up.empty());
      one.send(question(kNode2, 1));
      one.transport->flush();
      CHECK(two.mail.empty());
    }
  }
}

TEST_CASE("nothing is told after stop, and nothing is sent") {
  for (const Adapter& adapter : adapters()) {
    CAPTURE(adapter.name);
    auto [table, one, two] = TwoConnected(adapter);
    two.send(question(kNode1, 0));
    two.transport->flush();
    one.transport->stop();
    one.send(question(kNode2, 0));
    CHECK(one.lost.size() == 1);
    CHECK(one.peers_up.empty());
    REQUIRE(table.run_until([&] { return two.peers_up.empty(); }));
    CHECK(one.mail.empty());
  }
}
