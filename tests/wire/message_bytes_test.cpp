#include "v4_replicated_kv/wire/message_bytes.hpp"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/wire/allocations.hpp"
#include "tests/wire/random_messages.hpp"
#include "tests/wire/same_message.hpp"
#include "v4_replicated_kv/wire/varint.hpp"

using namespace kv;

namespace {

constexpr auto kPolicies = {Policy::last_write_wins, Policy::siblings};

std::string bytes_of(Policy policy, const Message& message) {
  std::string bytes;
  REQUIRE(append_message(bytes, policy, message));
  return bytes;
}

// All messages of a batch, or what is wrong with it.
Result<std::vector<Message>> read_all(Policy policy, std::string_view batch) {
  std::vector<Message> messages;
  MessageReader reader(policy, batch);
  for (;;) {
    Message message;
    const auto more = reader.next(message);
    if (!more) {
      REQUIRE_FALSE(reader.next(message));  // from then on always
      return std::unexpected(more.error());
    }
    if (!*more) return messages;
    messages.push_back(std::move(message));
  }
}

// Anything that is read is what append_message makes: one message, one spelling.
void check_read(Policy policy, const std::string& bytes) {
  const test::Allocations allocations;
  const auto read = read_all(policy, bytes);
  // Key and value once, and what they lie in; an error's sentence.
  REQUIRE(allocations.largest() < 40 * bytes.size() + 2000);
  if (!read) {
    REQUIRE(read.error().code == Errc::corrupt);
    return;
  }
  std::string again;
  for (const Message& message : *read) again += bytes_of(policy, message);
  REQUIRE(again == bytes);
}

Message offer_of(std::string key, std::string value) {
  Message message;
  message.body = Offer{.key = std::move(key),
                       .version = {.at = {.counter = 1, .dot = {ActorId{1}, 1}},
                                   .value = std::move(value)}};
  return message;
}

}  // namespace

TEST_CASE("messages of every kind come back as they went, one by one and in a batch") {
  for (const Policy policy : kPolicies) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      CAPTURE(seed);
      test::RandomMessages random(seed, policy);
      std::string batch;
      std::vector<Message> sent;
      for (std::size_t kind = 0; kind < test::kBodies; ++kind) {
        CAPTURE(kind);
        sent.push_back(random.next(kind));
        const std::string bytes = bytes_of(policy, sent.back());
        const auto one = read_all(policy, bytes);
        REQUIRE(one);
        REQUIRE(one->size() == 1);
        REQUIRE(test::same(one->front(), sent.back()));
        REQUIRE(bytes_of(policy, one->front()) == bytes);
        batch += bytes;
      }
      const auto all = read_all(policy, batch);
      REQUIRE(all);
      REQUIRE(std::ranges::equal(*all, sent, [](const Message& a, const Message& b) {
        return test::same(a, b);
      }));
    }
  }
}

TEST_CASE("a message that is cut anywhere is refused") {
  for (const Policy policy : kPolicies) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      CAPTURE(seed);
      test::RandomMessages random(seed, policy);
      for (std::size_t kind = 0; kind < test::kBodies; ++kind) {
        const std::string bytes = bytes_of(policy, random.next(kind));
        for (std::size_t i = 1; i < bytes.size(); ++i) {
          CAPTURE(kind);
          CAPTURE(i);
          REQUIRE_FALSE(read_all(policy, std::string_view(bytes).substr(0, i)));
        }
      }
    }
  }
}

TEST_CASE("hostile bytes are refused, or are the only spelling of a message") {
  for (const Policy policy : kPolicies) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      CAPTURE(seed);
      test::RandomMessages random(seed, policy);
      for (std::size_t kind = 0; kind < test::kBodies; ++kind) {
        CAPTURE(kind);
        const std::string bytes = bytes_of(policy, random.next(kind));
        for (std::size_t i = 0; i < bytes.size(); ++i) {
          CAPTURE(i);
          for (unsigned bit = 0; bit < 8; ++bit) {
            std::string flipped = bytes;
            flipped[i] = static_cast<char>(flipped[i] ^ static_cast<char>(1U << bit));
            check_read(policy, flipped);
          }
          for (const char* const huge :
               {"\xFF\xFF\xFF\xFF\x0F", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"}) {
            std::string announced = bytes;  // counts and lengths without end
            announced.replace(i, 1, huge);
            check_read(policy, announced);
          }
        }
      }
    }
  }
}

TEST_CASE("random bytes are refused, and cost no more than they are long") {
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    CAPTURE(seed);
    test::RandomMessages random(seed, Policy::siblings);
    std::string bytes = random.bytes(1, 200);
    bytes[0] = static_cast<char>(1 + seed % test::kBodies);
    check_read(Policy::siblings, bytes);
  }
}

TEST_CASE("a kind that this version does not know is an error, with the place") {
  test::RandomMessages random(1, Policy::last_write_wins);
  const std::string known = bytes_of(Policy::last_write_wins, random.next(0));
  for (const unsigned kind : {0U, unsigned{test::kBodies} + 1, 255U}) {
    std::string unknown = known;
    unknown[0] = static_cast<char>(kind);
    const auto read = read_all(Policy::last_write_wins, known + unknown);
    REQUIRE_FALSE(read);
    CHECK(read.error().detail.find("byte " + std::to_string(known.size()) + " ") !=
          std::string::npos);
  }
}

TEST_CASE("keys and values have their limits, and messages theirs") {
  const auto reads = [](const Message& message) {
    return read_all(Policy::last_write_wins, bytes_of(Policy::last_write_wins, message))
        .has_value();
  };
  CHECK(reads(offer_of(std::string(kKeyBytesMax, 'k'), "")));
  CHECK_FALSE(reads(offer_of(std::string(kKeyBytesMax + 1, 'k'), "")));
  CHECK_FALSE(reads(offer_of("", "value")));
  CHECK(reads(offer_of("k", std::string(kValueBytesMax, 'v'))));
  CHECK_FALSE(reads(offer_of("k", std::string(kValueBytesMax + 1, 'v'))));

  std::string bytes = "before";
  const auto refused = [&](const Message& message) {
    const auto appended = append_message(bytes, Policy::last_write_wins, message);
    return !appended && appended.error().code == Errc::too_large && bytes == "before";
  };
  CHECK(refused(offer_of("k", std::string(kMessageBytesMax, 'v'))));

  Message full;
  Page& page = full.body.emplace<Page>();
  page.entries.resize(kPageEntriesMax, {.key = "k", .state = {}});
  CHECK(reads(full));
  page.entries.push_back({.key = "k", .state = {}});
  CHECK(refused(full));
}

TEST_CASE("a page with one key too many is refused, though its bytes are there") {
  Message message;
  message.body.emplace<Page>().entries.resize(kPageEntriesMax, {.key = "k", .state = {}});
  std::string bytes = bytes_of(Policy::last_write_wins, message);
  const std::size_t entry = 2 + 4 + 15;
  const std::size_t count = bytes.size() - kPageEntriesMax * entry - 2;
  REQUIRE(bytes.substr(count, 2) == "\x80\x20");
  bytes[count] = '\x81';
  bytes += bytes.substr(bytes.size() - entry);
  CHECK_FALSE(read_all(Policy::last_write_wins, bytes));
}

TEST_CASE("what no node can mean is refused") {
  const auto reads = [](auto body, const Standing& standing = {}) {
    Message message;
    message.standing = standing;
    message.body = std::move(body);
    return read_all(Policy::siblings, bytes_of(Policy::siblings, message)).has_value();
  };
  const auto mint = [](const Version& draft) {
    return Mint{.key = "k", .draft = draft, .context = {}};
  };
  CHECK(reads(mint({.at = {}, .kind = Kind::tombstone})));
  CHECK_FALSE(reads(mint({.at = {}, .kind = Kind::tombstone, .value = "x"})));
  CHECK_FALSE(reads(mint({.at = {}, .kind = Kind::tombstone, .expires = WallMs{1}})));
  CHECK(reads(Stored{.above = kCounterMax}));
  CHECK_FALSE(reads(Stored{.above = kCounterMax + 1}));
  CHECK(reads(Held{.counter = kCounterMax}));
  CHECK_FALSE(reads(Held{.counter = kCounterMax + 1}));
  CHECK(reads(Held{.long_bytes = kLongBytesMax}));
  CHECK_FALSE(reads(Held{.long_bytes = kLongBytesMax + 1}));
  const Standing most{.actor = ActorId{1}, .durable = kSeqMax, .reserved = kSeqMax};
  CHECK(reads(Hello{}, most));
  CHECK_FALSE(reads(Hello{}, {.actor = ActorId{1}, .durable = kSeqMax + 1}));
  CHECK_FALSE(reads(Hello{}, {.actor = ActorId{1}, .reserved = kSeqMax + 1}));
}

TEST_CASE("that nothing long was left out has one spelling") {
  Message message;
  message.body = Held{.long_bytes = 1};
  std::string bytes = bytes_of(Policy::siblings, message);
  CHECK(read_all(Policy::siblings, bytes));
  bytes.back() = 0;
  CHECK_FALSE(read_all(Policy::siblings, bytes));
}

TEST_CASE("lives of owners have one spelling, and are 16 at most") {
  const auto bytes = [](std::string_view lives) {
    Message message;
    message.body = Stored{};
    std::string text = bytes_of(Policy::last_write_wins, message);
    text.back() = '\2';  // the flags: lives follow
    return text.append(lives);
  };
  const auto reads = [&](std::string_view lives) {
    return read_all(Policy::last_write_wins, bytes(lives)).has_value();
  };
  const std::string known(8, '\1');
  const std::string none(8, '\0');
  CHECK(reads("\1" + known));
  CHECK(reads("\2" + none + known));
  CHECK_FALSE(reads("\2" + known + none));     // the last is left out
  CHECK_FALSE(reads(std::string(1, '\0')));    // and so is the flag
  CHECK_FALSE(reads("\2" + known));            // one is missing
  CHECK_FALSE(reads("\1" + known.substr(1)));  // half of one is
  CHECK_FALSE(reads(""));
  std::string most(1, '\x10');
  for (std::size_t i = 0; i < kCopiesMax; ++i) most += known;
  CHECK(reads(most));
  most.front() = '\x11';
  CHECK_FALSE(reads(most + known));
  CHECK_FALSE(reads("\xff" + known));
}

TEST_CASE("a context has no more entries than a client's may have") {
  const auto reads = [](std::size_t entries) {
    Minted minted;
    for (std::size_t i = 1; i <= entries; ++i) minted.context.raise({ActorId{i}, 1});
    Message message;
    message.body = minted;
    return read_all(Policy::siblings, bytes_of(Policy::siblings, message)).has_value();
  };
  CHECK(reads(kHistoryEntriesMax));
  CHECK_FALSE(reads(kHistoryEntriesMax + 1));
}

TEST_CASE("an error's sentence is cut, and the rest of it comes back") {
  Message message;
  message.body = Stored{.storing = Storing::failed,
                        .error = Error{Errc::disk_full, std::string(5000, 'x')}};
  const auto read =
      read_all(Policy::last_write_wins, bytes_of(Policy::last_write_wins, message));
  REQUIRE(read);
  const auto& error = std::get<Stored>(read->front().body).error;
  REQUIRE(error);
  CHECK(error->code == Errc::disk_full);
  CHECK(error->detail == std::string(kDetailBytesMax, 'x'));
}

TEST_CASE("a number has one spelling, of as many bytes as it needs") {
  for (unsigned bits = 0; bits < 64; ++bits) {
    for (const std::uint64_t number :
         {std::uint64_t{1} << bits, (std::uint64_t{1} << bits) - 1}) {
      CAPTURE(number);
      std::string bytes;
      append_varint(bytes, number);
      ByteReader reader(bytes);
      CHECK(read_varint(reader) == number);
      CHECK(reader.at_end());
      bytes.back() = static_cast<char>(bytes.back() | '\x80');
      ByteReader longer(bytes += '\0');
      CHECK_FALSE(read_varint(longer));
    }
  }
  ByteReader largest("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
  CHECK(read_varint(largest) == UINT64_MAX);
  ByteReader larger("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02");
  CHECK_FALSE(read_varint(larger));
}
