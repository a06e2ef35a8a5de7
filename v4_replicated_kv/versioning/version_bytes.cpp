#include "v4_replicated_kv/versioning/version_bytes.hpp"

#include <cstdint>

#include "v4_replicated_kv/versioning/history_bytes.hpp"

namespace kv {

void append_timestamp(std::string& out, const Timestamp& at) {
  append_dot(out, at.dot);
  append_le(out, at.counter);
}

std::optional<Timestamp> read_timestamp(ByteReader& reader) {
  const auto dot = read_dot(reader);
  const auto counter = reader.number<std::uint64_t>();
  if (!dot || !reader.ok() || counter == 0 || counter > kCounterMax) return std::nullopt;
  return Timestamp{.counter = counter, .dot = *dot};
}

void append_version(std::string& out, const Version& version) {
  append_timestamp(out, version.at);
  append_le(out, version.expires.raw());
  append_le(out, version.request.raw());
  append_le(out, static_cast<std::uint8_t>(version.kind));
  append_le(out, static_cast<std::uint32_t>(version.value.size()));
  out += version.value;
}

std::optional<Version> read_version(ByteReader& reader) {
  const auto at = read_timestamp(reader);
  if (!at) return std::nullopt;
  Version version{.at = *at};
  version.expires = WallMs{reader.number<std::uint64_t>()};
  version.request = RequestId{reader.number<std::uint64_t>()};
  const auto kind = reader.number<std::uint8_t>();
  if (kind > static_cast<std::uint8_t>(Kind::expired)) return std::nullopt;
  version.kind = static_cast<Kind>(kind);
  version.value = std::string(reader.take(reader.number<std::uint32_t>()));
  if (!reader.ok() || !is_sound(version)) return std::nullopt;
  return version;
}

bool is_sound(const Version& version) {
  if (version.value.size() > kValueBytesMax) return false;
  const bool is_bare = version.value.empty() && version.expires == WallMs{0};
  if (version.kind != Kind::value && !is_bare) return false;
  return version.kind != Kind::expired || version.request == RequestId{0};
}

}  // namespace kv
