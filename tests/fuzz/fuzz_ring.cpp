// Ring states, as nodes send them to each other.
#include <string>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "v4_replicated_kv/placement/ring_bytes.hpp"

using namespace kv;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  const bool as_it_is = fuzz::choice(input) % 2 == 0;
  std::string bytes(input);
  if (!as_it_is && bytes.size() >= 8) {
    store_le(bytes.data() + 4, crc32c(std::string_view(bytes).substr(8)));
  }
  const auto ring = decode_ring(bytes);
  if (!ring) {
    KV_CHECK(ring.error().code == Errc::corrupt, "bad bytes are damage");
    return 0;
  }
  KV_CHECK(encode(*ring) == bytes, "a ring has one spelling");
  return 0;
}
