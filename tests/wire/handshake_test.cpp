#include "v4_replicated_kv/wire/handshake.hpp"

#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "v4_replicated_kv/wire/secret.hpp"

using namespace kv;

namespace {

using Side = Handshake::Side;

Greeting greeting_of(std::uint32_t node, char nonce) {
  Greeting greeting{.cluster = ClusterId{0xC1}, .node = NodeId{node}, .boot = 7};
  greeting.nonce.fill(nonce);
  return greeting;
}

// What `to` answers to the frames in `bytes`.
Result<std::string> told(Handshake& to, const std::string& bytes) {
  FrameParser parser(kHandshakeBodyMax);
  parser.feed(bytes);
  const auto frame = parser.next();
  REQUIRE(frame);
  REQUIRE(frame->has_value());
  return to.take(**frame);
}

// Whether two who are told what the other says are both content.
bool agree(Handshake& dials, Handshake& listens) {
  Result<std::string> said = dials.first_words();
  Handshake* hearer = &listens;
  while (said && !said->empty()) {
    said = told(*hearer, *said);
    hearer = hearer == &listens ? &dials : &listens;
  }
  return said && dials.is_done() && listens.is_done();
}

bool agree(const Greeting& a, const std::string& secret_a, const Greeting& b,
           const std::string& secret_b, std::optional<NodeId> whom = std::nullopt) {
  Handshake dials(Side::dials, a, secret_a, whom);
  Handshake listens(Side::listens, b, secret_b);
  return agree(dials, listens);
}

}  // namespace

TEST_CASE("two of a cluster agree, and know each other") {
  for (const std::string secret : {"", "open sesame"}) {
    CAPTURE(secret);
    Handshake dials(Side::dials, greeting_of(1, 'a'), secret, NodeId{2});
    Handshake listens(Side::listens, greeting_of(2, 'b'), secret);
    CHECK(listens.first_words().empty());
    CHECK(agree(dials, listens));
    CHECK(dials.peer().node == NodeId{2});
    CHECK(listens.peer().node == NodeId{1});
    CHECK(listens.peer().boot == 7);
    CHECK(dials.version() == kNewestVersion);
    // Nothing more is due.
    CHECK_FALSE(
        told(dials, Handshake(Side::dials, greeting_of(2, 'b'), "").first_words()));
  }
}

TEST_CASE("a connection is for what its dialler says, and its proofs are for that") {
  const std::string secret = "open sesame";
  Handshake dials(Side::dials, greeting_of(1, 'a'), secret, NodeId{2}, Channel::bulk);
  Handshake listens(Side::listens, greeting_of(2, 'b'), secret);
  CHECK(agree(dials, listens));
  CHECK(listens.channel() == Channel::bulk);

  SUBCASE("an answer for another channel is refused") {
    Handshake data(Side::dials, greeting_of(1, 'a'), "", NodeId{2}, Channel::data);
    Handshake control(Side::listens, greeting_of(2, 'b'), "");
    const auto greeted =
        told(control, Handshake(Side::dials, greeting_of(1, 'a'), "").first_words());
    CHECK_FALSE(told(data, greeted.value()));
  }
  SUBCASE("a greeting that was moved to another channel proves nothing") {
    const Handshake sent(Side::dials, greeting_of(1, 'a'), secret, NodeId{2});
    FrameParser parser(kHandshakeBodyMax);
    const std::string words = sent.first_words();
    parser.feed(words);
    Frame moved = *parser.next().value();
    moved.channel = Channel::data;
    Handshake fooled(Side::listens, greeting_of(2, 'b'), secret);
    const auto greeted = fooled.take(moved);
    REQUIRE(greeted);
    // What the dialler says is for the channel that it dialled for.
    Handshake dialler(Side::dials, greeting_of(1, 'a'), secret, NodeId{2});
    CHECK_FALSE(told(dialler, *greeted));
  }
}

TEST_CASE("those who do not belong together do not agree") {
  const Greeting one = greeting_of(1, 'a');
  const Greeting two = greeting_of(2, 'b');
  CHECK(agree(one, "s", two, "s", NodeId{2}));
  CHECK_FALSE(agree(one, "s", two, "t"));
  CHECK_FALSE(agree(one, "s", two, ""));
  CHECK_FALSE(agree(one, "", two, "s"));
  CHECK_FALSE(agree(one, "s", two, "s", NodeId{3}));
  CHECK_FALSE(agree(one, "s", greeting_of(1, 'b'), "s"));
  Greeting stranger = two;
  stranger.cluster = ClusterId{0xC2};
  CHECK_FALSE(agree(one, "s", stranger, "s"));
  CHECK_FALSE(agree(stranger, "s", one, "s"));
}

TEST_CASE("who has no secret is refused by its greeting already") {
  Handshake listens(Side::listens, greeting_of(2, 'b'), "secret");
  const auto answer =
      told(listens, Handshake(Side::dials, greeting_of(1, 'a'), "").first_words());
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::conflict);
}

TEST_CASE("the newest version that both speak is taken, or none") {
  const auto versions = [](std::uint16_t oldest, std::uint16_t newest) {
    return Greeting{.oldest = oldest, .newest = newest};
  };
  CHECK(common_version(versions(1, 3), versions(2, 5)).value() == 3);
  CHECK(common_version(versions(4, 5), versions(2, 4)).value() == 4);
  CHECK_FALSE(common_version(versions(1, 2), versions(3, 4)));
  CHECK_FALSE(common_version(versions(3, 4), versions(1, 2)));
}

TEST_CASE("a proof is good for one side of one connection") {
  const std::string secret = "open sesame";
  Handshake dials(Side::dials, greeting_of(1, 'a'), secret);
  Handshake listens(Side::listens, greeting_of(2, 'b'), secret);
  const std::string greeted = told(listens, dials.first_words()).value();
  const std::string proof = told(dials, greeted).value();

  SUBCASE("sent back to its maker, it proves nothing") {
    CHECK_FALSE(told(dials, proof));
    CHECK_FALSE(dials.is_done());
  }
  SUBCASE("said again on another connection, neither") {
    REQUIRE(told(listens, proof));
    Handshake later(Side::listens, greeting_of(2, 'c'), secret);
    REQUIRE(told(later, dials.first_words()));
    CHECK_FALSE(told(later, proof));
    CHECK_FALSE(later.is_done());
  }
  SUBCASE("with any bit changed, neither; and there is no second try") {
    for (std::size_t bit = 0; bit < kProofBytes * 8; ++bit) {
      CAPTURE(bit);
      Handshake listener(Side::listens, greeting_of(2, 'b'), secret);
      REQUIRE(told(listener, dials.first_words()));
      std::string body = proof.substr(kFrameHeaderBytes);
      body[bit / 8] = static_cast<char>(body[bit / 8] ^ static_cast<char>(1U << bit % 8));
      const Frame frame{
          .kind = FrameKind::proof, .channel = Channel::control, .body = body};
      CHECK_FALSE(listener.take(frame));
      CHECK_FALSE(told(listener, proof));
    }
  }
  SUBCASE("a part of it, neither, nor it and more") {
    std::string body = proof.substr(kFrameHeaderBytes) + "x";
    for (std::size_t bytes = 1; bytes <= body.size(); ++bytes) {
      CAPTURE(bytes);
      Handshake listener(Side::listens, greeting_of(2, 'b'), secret);
      REQUIRE(told(listener, dials.first_words()));
      const auto answer =
          listener.take({.kind = FrameKind::proof,
                         .channel = Channel::control,
                         .body = std::string_view(body).substr(0, bytes)});
      CHECK(answer.has_value() == (bytes == kProofBytes));
    }
  }
  SUBCASE("the one that listens says nothing before it heard the other's") {
    CHECK(greeted.size() == kFrameHeaderBytes + kGreetingBytes);
    CHECK(told(listens, proof).value().size() == kFrameHeaderBytes + kProofBytes);
  }
}

TEST_CASE("every bit of a greeting is covered by the proofs, or refused before") {
  const std::string secret = "open sesame";
  const std::string body = greeting_bytes([] {
    Greeting greeting = greeting_of(1, 'a');
    greeting.has_secret = true;
    return greeting;
  }());
  for (std::size_t bit = 0; bit < body.size() * 8; ++bit) {
    CAPTURE(bit);
    std::string changed = body;
    changed[bit / 8] =
        static_cast<char>(changed[bit / 8] ^ static_cast<char>(1U << bit % 8));
    Handshake dials(Side::dials, greeting_of(1, 'a'), secret);
    Handshake listens(Side::listens, greeting_of(2, 'b'), secret);
    const auto greeted = listens.take(
        {.kind = FrameKind::greeting, .channel = Channel::control, .body = changed});
    if (!greeted) continue;
    const auto proof = told(dials, *greeted);
    CHECK_FALSE(told(listens, proof.value()));
  }
  for (std::size_t i = 0; i < body.size(); ++i) {
    CHECK_FALSE(parse_greeting(body.substr(0, i)));
  }
  CHECK_FALSE(parse_greeting(body + "x"));
  CHECK(greeting_bytes(parse_greeting(body).value()) == body);
}

TEST_CASE("the keyed sum is HMAC-SHA-256") {  // RFC 4231, test cases 2 and 6
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
      text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    return text;
  };
  CHECK(hex(keyed_sum("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(hex(keyed_sum(std::string(131, '\xAA'),
                      "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}
