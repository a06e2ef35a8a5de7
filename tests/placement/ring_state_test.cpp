// Epochs: each door refuses what would make no ring, and bytes that are not a ring.
#include "v4_replicated_kv/placement/ring_state.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "common/base/rng.hpp"
#include "common/hash/crc32c.hpp"
#include "v4_replicated_kv/placement/ring_bytes.hpp"

using namespace kv;

namespace {

std::vector<Newcomer> named(std::size_t count) {
  std::vector<Newcomer> nodes;
  for (std::size_t i = 0; i < count; ++i) {
    nodes.push_back(
        {.name = fmt::format("n{}", i), .zone = i % 3 == 0 ? "east" : "west"});
  }
  return nodes;
}

// A short life: joins, leaves and weights, from a seed.
RingState lived(std::uint64_t seed, std::size_t partitions = 64) {
  Rng rng(seed);
  RingState state = found_ring(named(5), {.partitions = partitions}).value();
  for (int i = 0; i < 12; ++i) {
    const std::string some = state.members[rng.below(state.members.size())].node.name;
    const auto weight = static_cast<double>(1 + rng.below(8)) / 2;
    const std::uint64_t kind = rng.below(3);
    const Newcomer newcomer{
        .name = fmt::format("later-{}", i), .weight = weight, .zone = "north"};
    auto next = kind == 0   ? with_joined(state, newcomer)
                : kind == 1 ? with_weight(state, some, weight)
                            : with_left(state, some);
    if (next) state = std::move(*next);
  }
  return state;
}

// The bytes with another checksum, as somebody would send who means ill.
std::string sealed(std::string bytes) {
  std::string sum;
  append_le(sum, crc32c(std::string_view(bytes).substr(8)));
  return bytes.replace(4, 4, sum);
}

}  // namespace

TEST_CASE("ring: every change is the next epoch and leaves the state before as it was") {
  const RingState first = found_ring(named(4), {.partitions = 64}).value();
  const RingState copy = first;
  CHECK(first.epoch == Epoch{1});
  const auto joined = with_joined(first, {.name = "new", .weight = 2}).value();
  CHECK(joined.epoch == Epoch{2});
  CHECK(joined.find("new")->node.id == NodeId{4});
  const auto left = with_left(joined, "new").value();
  CHECK(left.epoch == Epoch{3});
  CHECK(left.find("new") == nullptr);
  const auto again = with_joined(left, {.name = "new"}).value();
  CHECK(again.find("new")->node.id == NodeId{5});  // ids are for life
  CHECK(again.find(NodeId{4}) == nullptr);
  CHECK(first == copy);
}

TEST_CASE("ring: more copies than nodes are refused at the door") {
  const auto refused = found_ring(named(2), {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::bad_input);
  CHECK(refused.error().detail ==
        "3 copies need 3 nodes, and there are 2; add nodes or keep fewer copies");
  const auto last = with_left(found_ring(named(3), {}).value(), "n1");
  REQUIRE_FALSE(last.has_value());
  CHECK(last.error().code == Errc::conflict);
  CHECK(last.error().detail ==
        "node n1: is one of 3 nodes, and keys have 3 copies; add a node first");
}

TEST_CASE("ring: a refusal names the node and what to do") {
  const RingState state = found_ring(named(3), {.partitions = 16}).value();
  const auto says = [](const Result<RingState>& refused) {
    return refused ? "nothing" : refused.error().detail;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(says(with_joined(state, {.name = "n1"})) ==
        "node n1: is named twice; names are unique");
  CHECK(says(with_joined(state, {.name = ""})) == "node \"\": a name has 1 to 255 bytes");
  CHECK(says(with_weight(state, "n1", 0)) ==
        "node n1: has weight 0; a weight is 0.001 to 1000");
  CHECK(says(with_weight(state, "n1", nan)) ==
        "node n1: has weight nan; a weight is 0.001 to 1000");
  CHECK(says(with_left(state, "x\n")) == "node x\\x0a: is not a member in epoch 1");
  CHECK(says(found_ring(named(3), {.partitions = 1000})) ==
        "1000 partitions: takes a power of two from 2 to 65536");
  CHECK(says(found_ring(named(20), {.copies = 17})) == "17 copies: a key has 1 to 16");
  CHECK(says(found_ring(named(3), {.copies = 0})) == "0 copies: a key needs at least 1");
  CHECK(says(found_ring(named(1025), {})) ==
        "1025 nodes are more than a table takes, 1024; leave some out");
}

TEST_CASE("ring: bytes make the same state, and the same life the same bytes") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    const RingState state = lived(seed);
    const std::string bytes = encode(state);
    REQUIRE(decode_ring(bytes).value() == state);
    REQUIRE(encode(lived(seed)) == bytes);
  }
}

TEST_CASE("ring: the bytes of one life are those of every machine and compiler") {
  CHECK(crc32c(encode(lived(7, 4096))) == 327'043'022);
}

TEST_CASE("ring: every flipped bit and every cut is refused, and bytes too many") {
  const std::string bytes = encode(lived(3, 16));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    CAPTURE(bit);
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    REQUIRE_FALSE(decode_ring(flipped).has_value());
  }
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    CAPTURE(cut);
    const auto refused = decode_ring(bytes.substr(0, cut));
    REQUIRE_FALSE(refused.has_value());
    REQUIRE(refused.error().code == Errc::corrupt);
  }
  CHECK_FALSE(decode_ring(bytes + '\0').has_value());
}

TEST_CASE("ring: a good checksum does not make nonsense a ring") {
  const std::string bytes = encode(lived(3, 16));
  // All that is not refused must be a state that says the same in bytes.
  std::size_t refused = 0;
  for (std::size_t at = 8; at < bytes.size(); ++at) {
    for (const int value : {0, 1, 17, 127, 255}) {
      CAPTURE(at);
      CAPTURE(value);
      std::string changed = bytes;
      changed[at] = static_cast<char>(value);
      changed = sealed(changed);
      const auto state = decode_ring(changed);
      // Without the bytes in the message: a terminal would act on them.
      const bool says_the_same = !state || encode(*state) == changed;
      REQUIRE(says_the_same);
      refused += state ? 0 : 1;
    }
  }
  CHECK(refused > bytes.size());
  for (std::size_t cut = 8; cut < bytes.size(); ++cut) {
    REQUIRE_FALSE(decode_ring(sealed(bytes.substr(0, cut))).has_value());
  }
  CHECK_FALSE(decode_ring(sealed(bytes + '\0')).has_value());
}

TEST_CASE("ring: rows with one node twice, or with a stranger, are refused") {
  const std::string bytes = encode(lived(3, 16));
  const std::size_t last = bytes.size() - 2;
  const auto says = [&](std::string_view id) {
    const auto refused = decode_ring(sealed(std::string(bytes).replace(last, 2, id)));
    return refused ? "nothing" : refused.error().detail;
  };
  const std::string sentence =
      "ring state: a row does not have different members; fetch it from another node";
  CHECK(says(bytes.substr(last, 2)) == "nothing");
  CHECK(says(bytes.substr(last - 2, 2)) == sentence);
  CHECK(says("\xFF\xFF") == sentence);
}
