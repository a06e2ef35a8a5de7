#include "v4_replicated_kv/storage/group.hpp"

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"
#include "common/hash/crc32c.hpp"
#include "v4_replicated_kv/storage/record.hpp"

namespace kv {

namespace {

constexpr std::size_t kPayloadBytesMax = kGroupBytesAim + kRecordBytesMax;

}  // namespace

void close_group(std::string& group, const GroupHeader& header) {
  KV_CHECK(group.size() >= kGroupHeaderBytes, "a group begins with room for its header");
  const std::size_t payload = group.size() - kGroupHeaderBytes;
  KV_CHECK(payload <= kPayloadBytesMax, "a group is closed before it grows over this");
  std::string bytes;
  bytes.reserve(kGroupHeaderBytes);
  append_le(bytes, std::uint32_t{0});  // the checksum's place
  append_le(bytes, static_cast<std::uint32_t>(payload));
  append_le(bytes, header.nonce);
  append_le(bytes, header.number);
  append_le(bytes, header.durable_up_to);
  append_le(bytes, static_cast<std::uint32_t>(header.kind));
  append_le(bytes, header.records);
  group.replace(0, kGroupHeaderBytes, bytes);
  store_le(group.data(), crc32c(std::string_view(group).substr(4)));
  group.resize(group_bytes(payload), '\0');
}

std::optional<std::size_t> announced_bytes(std::string_view bytes, std::uint64_t nonce) {
  if (bytes.size() < kGroupHeaderBytes) return std::nullopt;
  const auto payload = load_le<std::uint32_t>(bytes.substr(4));
  if (payload > kPayloadBytesMax) return std::nullopt;
  if (load_le<std::uint64_t>(bytes.substr(8)) != nonce) return std::nullopt;
  return group_bytes(payload);
}

std::optional<Group> decode_group(std::string_view bytes, std::uint64_t nonce) {
  const auto announced = announced_bytes(bytes, nonce);
  if (!announced || *announced > bytes.size()) return std::nullopt;
  ByteReader reader(bytes);
  const auto crc = reader.number<std::uint32_t>();
  const auto payload = reader.number<std::uint32_t>();
  if (crc != crc32c(bytes.substr(4, kGroupHeaderBytes - 4 + payload)))
    return std::nullopt;
  Group group;
  group.header.nonce = reader.number<std::uint64_t>();
  group.header.number = reader.number<std::uint64_t>();
  group.header.durable_up_to = reader.number<std::uint64_t>();
  const auto kind = reader.number<std::uint32_t>();
  if (kind != static_cast<std::uint32_t>(GroupKind::records) &&
      kind != static_cast<std::uint32_t>(GroupKind::footer)) {
    return std::nullopt;
  }
  group.header.kind = static_cast<GroupKind>(kind);
  group.header.records = reader.number<std::uint32_t>();
  group.payload = reader.take(payload);
  group.bytes = *announced;
  return group;
}

}  // namespace kv
