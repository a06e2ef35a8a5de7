// Whoever reaches the port for peers, and means harm: over plain TCP.
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/bytes.hpp"
#include "common/base/rng.hpp"
#include "common/hash/crc32c.hpp"
#include "tests/transport/raw_peer.hpp"
#include "tests/transport/table.hpp"
#include "v4_replicated_kv/transport/peer_link.hpp"

using namespace kv;
using namespace kv::test;

namespace {

Adapter frames() {
  return {"frames", &open_frames_transport};
}

TransportOptions without_secret(NodeId node) {
  TransportOptions options = options_of(node);
  options.self.secret = "";
  return options;
}

std::string greeting_frame(const Greeting& greeting, Channel channel = Channel::data) {
  return frame_of(FrameKind::greeting, channel, greeting_bytes(greeting));
}

// A header that has the right sum, whatever it says.
std::string header(unsigned kind, unsigned channel, std::uint32_t length) {
  std::string bytes("KVPR\x01\x00", 6);
  append_le(bytes, static_cast<std::uint8_t>(kind));
  append_le(bytes, static_cast<std::uint8_t>(channel));
  append_le(bytes, length);
  append_le(bytes, crc32c("x"));
  append_le(bytes, crc32c(bytes));
  return bytes + "x";
}

// Node 2, which is hostile's to talk to, and node 1, which is not hostile.
struct Besieged {
  explicit Besieged(const TransportOptions& options = without_secret(kNode2))
      : table(frames()), two(table.seat(options)) {
    two.transport->set_peers({{.node = kNode1, .host = "127.0.0.1", .port = 1}});
  }

  // Whether node 2 closes the connection.
  [[nodiscard]] bool cuts_off(RawPeer& hostile) {
    return table.run_until([&] { return hostile.is_closed(); });
  }
  // The peer that greeted, as node 1, and was answered.
  [[nodiscard]] std::unique_ptr<RawPeer> greeted(Channel channel = Channel::data) {
    auto peer = std::make_unique<RawPeer>(two.transport->port());
    std::string said = greeting_frame(greeting_of(kNode1), channel);
    REQUIRE(table.run_until([&] {
      said.erase(0, peer->say(said));
      CHECK_FALSE(peer->is_closed());
      return peer->heard().size() >= kFrameHeaderBytes + kGreetingBytes;
    }));
    return peer;
  }
  // Says all of it, unless it is cut off before.
  void say(RawPeer& peer, std::string bytes) {
    REQUIRE(table.run_until([&] {
      bytes.erase(0, peer.say(bytes));
      return bytes.empty() || peer.is_closed();
    }));
  }

  Table table;
  Sitter& two;
};

Message from_one(std::uint64_t number) {
  Message message = question(kNode2, number);
  message.from = kNode1;
  return message;
}

}  // namespace

TEST_CASE("who does not begin like a peer is cut off, and told nothing") {
  const std::string sixty_five(kHandshakeBodyMax + 1, 'x');
  const std::vector<std::string> beginnings{
      "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
      "*1\r\n$4\r\nPING\r\n",
      "\x16\x03\x01\x02",
      std::string(64, '\0'),
      "KVPS",
      header(1, 1, 0),
      header(1, 1, 0xFFFFFFFF),
      header(1, 1, kFrameBodyMax + 1),
      header(3, 2, kFrameBodyMax),
      header(9, 1, 1),
      header(1, 9, 1),
      header(1, 1, 1),
      frame_of(FrameKind::messages, Channel::data, bytes_of(from_one(1))),
      frame_of(FrameKind::proof, Channel::control, std::string(32, 'p')),
      frame_of(FrameKind::credit, Channel::bulk, std::string(4, '\0')),
      frame_of(FrameKind::greeting, Channel::control, sixty_five),
      greeting_frame(greeting_of(kNode1)).substr(0, 40) + "!" + std::string(40, 'x'),
  };
  Besieged node;
  for (std::size_t i = 0; i < beginnings.size(); ++i) {
    CAPTURE(i);
    RawPeer hostile(node.two.transport->port());
    node.say(hostile, beginnings[i]);
    CHECK(node.cuts_off(hostile));
    CHECK(hostile.heard().empty());
  }
  CHECK(node.two.mail.empty());
  CHECK(node.two.peers_up.empty());
  CHECK(node.two.transport->counts().strangers == 0);
}

TEST_CASE("a greeting of who does not belong here is cut off") {
  Greeting other_cluster = greeting_of(kNode1);
  other_cluster.cluster = ClusterId{0xC2};
  Greeting with_secret = greeting_of(kNode1);
  with_secret.has_secret = true;
  Greeting of_the_future = greeting_of(kNode1);
  of_the_future.oldest = kNewestVersion + 1;
  of_the_future.newest = kNewestVersion + 1;
  Besieged node;
  for (const Greeting& greeting : {other_cluster, with_secret, of_the_future,
                                   greeting_of(kNode2), greeting_of(kNode3)}) {
    CAPTURE(greeting.node.raw());
    RawPeer hostile(node.two.transport->port());
    node.say(hostile, greeting_frame(greeting));
    CHECK(node.cuts_off(hostile));
  }
  CHECK(node.two.peers_up.empty());
}

TEST_CASE("who cannot prove that it knows the secret is heard no further") {
  Besieged node(options_of(kNode2));
  Greeting greeting = greeting_of(kNode1);
  greeting.has_secret = true;
  RawPeer hostile(node.two.transport->port());
  node.say(hostile,
           greeting_frame(greeting) +
               frame_of(FrameKind::proof, Channel::data, std::string(32, 'p')) +
               frame_of(FrameKind::messages, Channel::data, bytes_of(from_one(1))));
  CHECK(node.cuts_off(hostile));
  CHECK(node.two.mail.empty());
  CHECK(node.two.heard_of == NodeId{});
}

TEST_CASE("bytes one by one are the same bytes") {
  Besieged node;
  RawPeer slow(node.two.transport->port());
  const std::string bytes =
      greeting_frame(greeting_of(kNode1)) +
      frame_of(FrameKind::messages, Channel::data, bytes_of(from_one(5)));
  for (const char byte : bytes) {
    REQUIRE(node.table.run_until([&] { return slow.say({&byte, 1}) == 1; }));
    node.two.io.restart();
    node.two.io.poll();
  }
  REQUIRE(node.table.run_until([&] { return node.two.mail.size() == 1; }));
  CHECK(numbers_of(node.two.mail) == std::vector<std::uint64_t>{5});
  CHECK_FALSE(slow.is_closed());
}

TEST_CASE("a peer that lies after its greeting is cut off, and its lie is not heard") {
  Message of_three = from_one(1);
  of_three.from = kNode3;
  Message for_three = from_one(1);
  for_three.to = kNode3;
  Message hello = from_one(1);
  hello.body = Hello{};
  const auto data = [](const std::string& body) {
    return frame_of(FrameKind::messages, Channel::data, body);
  };
  const std::vector<std::string> lies{
      data(bytes_of(of_three)),
      data(bytes_of(for_three)),
      data(bytes_of(hello)),
      data(bytes_of(from_one(1)).substr(0, 20)),
      data(std::string(100, '\xFF')),
      frame_of(FrameKind::messages, Channel::control, bytes_of(hello)),
      frame_of(FrameKind::greeting, Channel::data, greeting_bytes(greeting_of(kNode1))),
      frame_of(FrameKind::credit, Channel::data, std::string(4, '\x01')),
      frame_of(FrameKind::last_piece, Channel::data, "x"),
      frame_of(FrameKind::piece, Channel::data, "x"),
      header(3, 2, 0xFFFFFFFF),
      "HTTP/1.1 200 OK\r\n\r\n"};
  Besieged node;
  for (std::size_t i = 0; i < lies.size(); ++i) {
    CAPTURE(i);
    const auto hostile = node.greeted();
    node.say(*hostile, lies[i]);
    CHECK(node.cuts_off(*hostile));
    CHECK(node.two.mail.empty());
  }
}

TEST_CASE("credit without end is cut off") {
  Besieged node;
  const auto hostile = node.greeted(Channel::bulk);
  std::string much;
  append_le(much, static_cast<std::uint32_t>(PeerLink::kBulkWindow));
  const std::string credit = frame_of(FrameKind::credit, Channel::bulk, much);
  node.say(*hostile, credit);
  CHECK_FALSE(hostile->is_closed());
  node.say(*hostile, credit);
  CHECK(node.cuts_off(*hostile));
}

TEST_CASE("who says nothing, or half of it, has so much time and no more") {
  TransportOptions options = without_secret(kNode2);
  options.first_words = std::chrono::milliseconds(200);
  Besieged node(options);
  RawPeer silent(node.two.transport->port());
  RawPeer half(node.two.transport->port());
  node.say(half, greeting_frame(greeting_of(kNode1)).substr(0, 30));
  CHECK(node.cuts_off(silent));
  CHECK(node.cuts_off(half));
  CHECK(node.two.has_reason("did not say in time"));
  CHECK(node.two.transport->counts().strangers == 0);
}

TEST_CASE("two hundred idle connections keep no peer out, and their number has a bound") {
  constexpr std::size_t kStrangersMax = 100;
  TransportOptions options = options_of(kNode2);
  options.strangers_max = kStrangersMax;
  Table table(frames());
  Sitter& two = table.seat(options);
  std::vector<std::unique_ptr<RawPeer>> idle;
  const auto crowd = [&] {
    for (int i = 0; i < 200; ++i) {
      idle.push_back(std::make_unique<RawPeer>(two.transport->port()));
      two.io.restart();
      two.io.poll();
      CHECK(two.transport->counts().strangers <= kStrangersMax);
    }
  };
  crowd();
  Sitter& one = table.seat(options_of(kNode1));
  table.introduce();
  REQUIRE(table.all_are_up());
  crowd();
  one.send(question(kNode2, 0));
  REQUIRE(table.run_until([&] { return two.mail.size() == 1; }));
  CHECK(two.downs == 0);
}

TEST_CASE("a second connection of a peer takes the first one's place") {
  Besieged node;
  const auto first = node.greeted();
  const auto second = node.greeted();
  CHECK(node.cuts_off(*first));
  CHECK_FALSE(second->is_closed());
  node.say(*second, frame_of(FrameKind::messages, Channel::data, bytes_of(from_one(3))));
  REQUIRE(node.table.run_until([&] { return node.two.mail.size() == 1; }));
}

TEST_CASE("there are so many guests and no more") {
  TransportOptions options = without_secret(kNode2);
  options.limits.guests_max = 2;
  Besieged node(options);
  std::vector<std::unique_ptr<RawPeer>> guests;
  for (std::uint32_t i = 0; i < 3; ++i) {
    guests.push_back(std::make_unique<RawPeer>(node.two.transport->port()));
    node.say(*guests.back(), greeting_frame(greeting_of(NodeId{kFirstGuest.raw() + i})));
    if (i < 2) {
      REQUIRE(node.table.run_until([&] {
        CHECK_FALSE(guests[i]->is_closed());
        return !guests[i]->heard().empty();
      }));
    }
  }
  CHECK(node.cuts_off(*guests[2]));
  CHECK(node.two.has_reason("guests already"));
}

TEST_CASE(
    "whatever byte of a conversation is damaged, the node lives and nothing false "
    "comes") {
  const std::string good =
      greeting_frame(greeting_of(kNode1)) +
      frame_of(FrameKind::messages, Channel::data, bytes_of(from_one(5)));
  Besieged node;
  const std::uint64_t seed = 11;
  CAPTURE(seed);
  Rng rng(seed);
  for (std::size_t at = 0; at < good.size(); ++at) {
    CAPTURE(at);
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ static_cast<char>(1U << rng.below(8)));
    RawPeer hostile(node.two.transport->port());
    node.say(hostile, bad);
    CHECK(node.cuts_off(hostile));
  }
  CHECK(node.two.mail.empty());
}
