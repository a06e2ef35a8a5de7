#include "v4_replicated_kv/versioning/context.hpp"

#include <cstdint>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"
#include "v4_replicated_kv/versioning/base64url.hpp"
#include "v4_replicated_kv/versioning/history_bytes.hpp"

namespace kv {

namespace {

constexpr std::uint8_t kMark = 0x4D;
constexpr std::uint8_t kContextForm = 1;

Error refused(const char* why) {
  return {.code = Errc::bad_usage, .detail = std::string("not a context: ") + why};
}

}  // namespace

Result<std::string> context_text(const History& history, KeyHash key) {
  if (history.size() > kHistoryEntriesMax) {
    return fail(Errc::too_large, "the key's history is too long for a context");
  }
  std::string bytes;
  append_le(bytes, kMark);
  append_le(bytes, kContextForm);
  append_le(bytes, key.raw());
  append_history(bytes, history);
  append_le(bytes, crc32c(bytes));
  return to_base64url(bytes);
}

Result<History> parse_context(std::string_view text, KeyHash key) {
  if (text.empty()) return History{};
  if (text.size() > kContextLettersMax) return std::unexpected(refused("too long"));
  const auto bytes = from_base64url(text);
  if (!bytes) return std::unexpected(refused("not base64url"));
  if (bytes->size() < sizeof(std::uint32_t)) {
    return std::unexpected(refused("too short: was it cut?"));
  }
  const std::string_view summed(bytes->data(), bytes->size() - sizeof(std::uint32_t));
  if (load_le<std::uint32_t>(std::string_view(*bytes).substr(summed.size())) !=
      crc32c(summed)) {
    return std::unexpected(refused("the checksum is wrong: was it cut or changed?"));
  }
  ByteReader reader(summed);
  if (reader.number<std::uint8_t>() != kMark ||
      reader.number<std::uint8_t>() != kContextForm) {
    return std::unexpected(refused("of a form that this version does not know"));
  }
  if (KeyHash{reader.number<std::uint64_t>()} != key) {
    return std::unexpected(refused("it belongs to another key"));
  }
  auto history = read_history(reader);
  if (!history || !reader.at_end()) return std::unexpected(refused("malformed"));
  return *std::move(history);
}

}  // namespace kv
