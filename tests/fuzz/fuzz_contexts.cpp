// Contexts: text that a client hands back.
#include <string>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "v4_replicated_kv/versioning/base64url.hpp"
#include "v4_replicated_kv/versioning/context.hpp"

using namespace kv;

namespace {

constexpr KeyHash kKey{0x123456789ABCDEF0};

// The token that holds these bytes, with a right checksum.
std::string token_of(std::string_view bytes) {
  std::string token(bytes);
  append_le(token, crc32c(token));
  return to_base64url(token);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  const bool as_it_is = fuzz::choice(input) % 2 == 0;
  const std::string text = as_it_is ? std::string(input) : token_of(input);
  const auto history = parse_context(text, kKey);
  if (!history) {
    KV_CHECK(history.error().code == Errc::bad_usage, "a bad context is the client's");
    return 0;
  }
  const auto again = context_text(*history, kKey);
  if (text.empty()) return 0;
  KV_CHECK(again && *again == text, "a context has one spelling");
  return 0;
}
