#include "v4_replicated_kv/storage/record.hpp"

#include <string>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/storage/random_bytes.hpp"

using namespace kv;

namespace {

Record example(std::string_view key, std::string_view value) {
  return {.kind = RecordKind::value,
          .compressed = true,
          .seq = 0x0102030405060708,
          .version = {.counter = 9, .dot = {.actor = ActorId{10}, .seq = 11}},
          .expires = WallMs{12},
          .digest = 13,
          .key = key,
          .value = value};
}

}  // namespace

TEST_CASE("a record comes back as it was written, whatever the bytes") {
  Rng rng(1);
  for (int run = 0; run < 300; ++run) {
    CAPTURE(run);
    const std::string key = random_bytes(rng, rng.below(200));
    const std::string value = random_bytes(rng, rng.below(2000));
    const Record record = example(key, value);
    std::string bytes;
    append_record(bytes, record);
    CHECK(bytes.size() == bytes_of(record));
    bytes += "what follows";
    const auto read = decode_record(bytes);
    REQUIRE(read);
    CHECK(read->kind == record.kind);
    CHECK(read->compressed);
    CHECK(read->seq == record.seq);
    CHECK(read->version == record.version);
    CHECK(read->expires == record.expires);
    CHECK(read->digest == record.digest);
    CHECK(read->key == key);
    CHECK(read->value == value);
  }
}

TEST_CASE("a record with any bit flipped, or any byte missing, is none") {
  std::string bytes;
  append_record(bytes, example("key", "value"));
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    CAPTURE(at);
    CHECK_FALSE(decode_record(bytes.substr(0, at)));
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      CHECK_FALSE(decode_record(flipped));
    }
  }
}

TEST_CASE("a length is held against the bytes before it is used") {
  std::string bytes(kRecordHeaderBytes, '\xFF');
  CHECK_FALSE(decode_record(bytes));
  CHECK_FALSE(decode_record(""));
  CHECK_FALSE(decode_record(std::string(kRecordHeaderBytes, '\0')));
}

TEST_CASE("only a record that drops a partition names one") {
  const std::string four("\x05\x01\x00\x00", 4);
  CHECK(dropped_partition({.kind = RecordKind::drop_partition, .key = four}) ==
        PartitionId{0x105});
  CHECK_FALSE(dropped_partition({.kind = RecordKind::value, .key = four}));
  CHECK_FALSE(dropped_partition({.kind = RecordKind::drop_partition, .key = "abc"}));
}
