#include "v4_replicated_kv/wire/outbox.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/wire/random_messages.hpp"
#include "tests/wire/same_message.hpp"
#include "v4_replicated_kv/wire/message_bytes.hpp"
#include "v4_replicated_kv/wire/pieces.hpp"

using namespace kv;

namespace {

constexpr Policy kPolicy = Policy::last_write_wins;

Message put_of(std::size_t value_bytes) {
  Message message;
  message.body = Offer{.key = "key",
                       .version = {.at = {.counter = 1, .dot = {ActorId{1}, 1}},
                                   .value = std::string(value_bytes, 'v')}};
  return message;
}

struct Arrived {
  std::vector<Message> messages;
  std::size_t frames = 0;
};

Arrived receive(const std::string& bytes) {
  Arrived arrived;
  FrameParser parser;
  PieceJoiner joiner;
  parser.feed(bytes);
  for (;;) {
    const auto frame = parser.next().value();
    if (!frame) return arrived;
    ++arrived.frames;
    REQUIRE(frame->channel == Channel::bulk);
    const auto batch = joiner.take(*frame).value();
    if (!batch) continue;
    MessageReader reader(kPolicy, *batch);
    for (Message message; reader.next(message).value();) {
      arrived.messages.push_back(message);
    }
  }
}

Frame piece(std::string_view body) {
  return {.kind = FrameKind::piece, .channel = Channel::bulk, .body = body};
}
Frame last_piece(std::string_view body) {
  return {.kind = FrameKind::last_piece, .channel = Channel::bulk, .body = body};
}

}  // namespace

TEST_CASE("what was queued comes out in order, sixteen to a frame or in pieces") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    test::RandomMessages random(seed, kPolicy);
    Outbox outbox(kPolicy, Channel::bulk);
    std::vector<Message> sent;
    for (std::uint64_t i = rng.below(40); i > 0; --i) {
      const std::uint64_t kind = rng.below(10);
      sent.push_back(kind == 0   ? put_of(rng.below(1U << 20U))
                     : kind == 1 ? put_of(kFrameBodyMax - rng.below(200))
                                 : random.next());
      REQUIRE(outbox.add(sent.back()));
    }
    const Arrived arrived = receive(outbox.take());
    CHECK(outbox.empty());
    CHECK(std::ranges::equal(
        arrived.messages, sent,
        [](const Message& a, const Message& b) { return test::same(a, b); }));
  }
  Outbox outbox(kPolicy, Channel::bulk);
  for (int i = 0; i < 16; ++i) REQUIRE(outbox.add(put_of(100)));
  CHECK(receive(outbox.take()).frames == 1);
}

TEST_CASE("the longest value goes in pieces of 256 KiB, and what is longer is refused") {
  Outbox outbox(kPolicy, Channel::bulk);
  REQUIRE(outbox.add(put_of(1)));
  REQUIRE(outbox.add(put_of(kValueBytesMax)));
  const std::size_t before = outbox.bytes();
  const auto refused = outbox.add(put_of(kMessageBytesMax));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::too_large);
  CHECK(outbox.bytes() == before);
  const Arrived arrived = receive(outbox.take());
  CHECK(arrived.messages.size() == 2);
  CHECK(arrived.frames == 1 + kValueBytesMax / kFrameBodyMax + 1);
}

TEST_CASE("pieces that nobody cuts like that are refused") {
  const std::string full(kFrameBodyMax, 'x');
  const Frame whole{.channel = Channel::bulk, .body = "x"};
  {
    PieceJoiner joiner;
    CHECK_FALSE(joiner.take(last_piece("x")));  // without a first
  }
  {
    PieceJoiner joiner;
    CHECK_FALSE(joiner.take(piece("x")));  // a byte at a time
  }
  {
    PieceJoiner joiner;
    CHECK_FALSE(joiner.take(piece(full)).value());
    CHECK_FALSE(joiner.take(whole));  // in the middle of another
  }
  {
    PieceJoiner joiner;
    CHECK_FALSE(joiner.take({.kind = FrameKind::greeting, .body = "x"}));
  }
  {
    PieceJoiner joiner;
    std::size_t taken = 0;
    while (joiner.take(piece(full)) && taken <= kMessageBytesMax) taken += full.size();
    CHECK(taken == kMessageBytesMax);  // and no more
  }
  {
    PieceJoiner joiner;
    CHECK_FALSE(joiner.take(piece(full)).value());
    CHECK(joiner.waiting() == full.size());
    CHECK(joiner.take(last_piece("x")).value() == full + "x");
    CHECK(joiner.take(whole).value() == "x");
    CHECK(joiner.waiting() == 0);
  }
}

TEST_CASE("questions who is alive, keys, and partitions have a channel each") {
  const auto channel = [](auto body) {
    Message message;
    message.body = std::move(body);
    return channel_of(message);
  };
  CHECK(channel(Hello{}) == Channel::control);
  CHECK(channel(KnownAs{}) == Channel::control);
  CHECK(channel(Offer{}) == Channel::data);
  CHECK(channel(Stored{}) == Channel::data);
  CHECK(channel(Held{}) == Channel::data);
  CHECK(channel(Pull{}) == Channel::bulk);
  CHECK(channel(Page{}) == Channel::bulk);
  CHECK(channel(Heartbeat{}) == Channel::control);
}
