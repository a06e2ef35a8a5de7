// The worked example of the format page, written by the code that it explains.
#include <string>

#include <doctest/doctest.h>

#include "common/hash/crc32c.hpp"
#include "tests/docs/hex_dump.hpp"
#include "tests/wire/random_messages.hpp"
#include "v4_replicated_kv/wire/handshake.hpp"
#include "v4_replicated_kv/wire/message_bytes.hpp"
#include "v4_replicated_kv/wire/outbox.hpp"

using namespace kv;

namespace {

// What node 1 signs its messages with.
Message from_node_1(std::uint64_t operation) {
  return {.from = NodeId{1},
          .to = NodeId{2},
          .operation = OperationId{operation},
          .round = 0,
          .epoch = Epoch{4},
          .standing = {.actor = ActorId{0xA11CE}, .durable = 300, .reserved = 65536},
          .body = {}};
}

}  // namespace

TEST_CASE("the format page shows what a connection carries") {
  Greeting greeting{.cluster = ClusterId{0xC0FFEE}, .node = NodeId{1}, .boot = 9};
  for (char i = 0; i < 16; ++i) greeting.nonce[static_cast<std::size_t>(i)] = i;
  const Handshake handshake(Handshake::Side::dials, greeting, "");

  Outbox outbox(Policy::last_write_wins, Channel::data);
  Message offer = from_node_1(0x5001);
  offer.body = Offer{.key = "cart",
                     .version = {.at = {.counter = 3, .dot = {ActorId{0xA11CE}, 1000}},
                                 .value = "apples"}};
  REQUIRE(outbox.add(offer));
  Message ask = from_node_1(0x5002);
  ask.body = Ask{.key = "cart", .detail = Detail::digest};
  REQUIRE(outbox.add(ask));
  test::check_shown("v4_replicated_kv/wire/FORMAT.md",
                    handshake.first_words() + outbox.take());
}

TEST_CASE("messages of every kind are spelled as they always were") {
  std::string bytes;
  for (const Policy policy : {Policy::last_write_wins, Policy::siblings}) {
    test::RandomMessages random(1, policy);
    for (std::size_t i = 0; i < 20 * test::kBodies; ++i) {
      REQUIRE(append_message(bytes, policy, random.next(i % test::kBodies)));
    }
  }
  // If this changes, old and new programs no longer understand each other: a new version.
  CHECK(crc32c(bytes) == 320313899);
}
