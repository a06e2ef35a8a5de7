// The worked example of the format page, written by the code that it explains.
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/storage/disks.hpp"
#include "v4_replicated_kv/storage/log.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

using namespace kv;

namespace {

// 16 bytes a line: offset, numbers, letters.
std::string dump(std::string_view bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 16) {
    const std::string_view line = bytes.substr(at, 16);
    std::string numbers;
    std::string letters;
    for (const char byte : line) {
      numbers += fmt::format("{:02x} ", static_cast<unsigned char>(byte));
      letters += byte >= ' ' && byte <= '~' ? byte : '.';
    }
    out += fmt::format("{:04x}  {:<48} {}\n", at, numbers, letters);
  }
  return out;
}

}  // namespace

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
  const std::string path =
      std::string(KV_SOURCE_DIR) + "/v4_replicated_kv/storage/FORMAT.md";
  std::ifstream file(path);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  const bool shown = page.find(dump(bytes)) != std::string::npos;
  if (!shown) MESSAGE("should show:\n" << dump(bytes));
  CHECK(shown);
}
