// The worked example of the format page, written by the code that it explains.
#include <string>

#include <doctest/doctest.h>

#include "tests/docs/hex_dump.hpp"
#include "tests/storage/disks.hpp"
#include "v4_replicated_kv/storage/log.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

using namespace kv;

TEST_CASE("the format page shows what the log writes") {
  const SegmentHeader header{.id = SegmentId{7}, .nonce = 0x1122334455667788};
  Log log(1 << 16, 1000);
  const auto disk =
      test::value(open_simulated_disk(std::make_shared<SimulatedPlatter>(1)));
  log.roll(header, test::value(disk->create("spare")));
  Record record{
      .version = {.counter = 3, .dot = {.actor = ActorId{0xA11CE}, .seq = 1000}},
      .digest = 0xD1,
      .key = "cart",
      .value = "apples"};
  log.append(record);
  const std::string bytes = encode_segment_header(header) + log.take()->bytes;
  test::check_shown("v4_replicated_kv/storage/FORMAT.md", bytes);
}
