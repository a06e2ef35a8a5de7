#include "v4_replicated_kv/storage/record.hpp"

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"
#include "common/hash/crc32c.hpp"

namespace kv {

namespace {

constexpr std::uint8_t kCompressed = 1;  // the one flag there is

}  // namespace

std::size_t bytes_of(const Record& record) {
  return kRecordHeaderBytes + record.key.size() + record.value.size();
}

void append_record(std::string& out, const Record& record) {
  KV_CHECK(record.key.size() <= kKeyBytesMax, "a key over its limit is refused before");
  KV_CHECK(record.value.size() <= kStateBytesMax, "so is a value");
  const std::size_t begin = out.size();
  append_le(out, std::uint32_t{0});  // the checksum's place
  append_le(out, static_cast<std::uint32_t>(record.value.size()));
  append_le(out, static_cast<std::uint16_t>(record.key.size()));
  append_le(out, static_cast<std::uint8_t>(record.kind));
  append_le(out, record.compressed ? kCompressed : std::uint8_t{0});
  append_le(out, record.seq);
  append_le(out, record.version.counter);
  append_le(out, record.version.dot.actor.raw());
  append_le(out, record.version.dot.seq);
  append_le(out, record.expires.raw());
  append_le(out, record.digest);
  out += record.key;
  out += record.value;
  store_le(out.data() + begin, crc32c(std::string_view(out).substr(begin + 4)));
}

std::optional<Record> decode_record(std::string_view bytes) {
  ByteReader reader(bytes);
  const auto crc = reader.number<std::uint32_t>();
  const auto value_bytes = reader.number<std::uint32_t>();
  const auto key_bytes = reader.number<std::uint16_t>();
  const auto kind = reader.number<std::uint8_t>();
  const auto flags = reader.number<std::uint8_t>();
  Record record;
  record.seq = reader.number<std::uint64_t>();
  record.version.counter = reader.number<std::uint64_t>();
  record.version.dot.actor = ActorId{reader.number<std::uint64_t>()};
  record.version.dot.seq = reader.number<std::uint64_t>();
  record.expires = WallMs{reader.number<std::uint64_t>()};
  record.digest = reader.number<std::uint64_t>();
  if (key_bytes > kKeyBytesMax || value_bytes > kStateBytesMax) return std::nullopt;
  record.key = reader.take(key_bytes);
  record.value = reader.take(value_bytes);
  if (!reader.ok() || !is_record_kind(kind) || flags > kCompressed) return std::nullopt;
  if (crc != crc32c(bytes.substr(4, bytes_of(record) - 4))) return std::nullopt;
  record.kind = static_cast<RecordKind>(kind);
  record.compressed = flags == kCompressed;
  return record;
}

std::optional<PartitionId> dropped_partition(const Record& record) {
  ByteReader reader(record.key);
  const auto number = reader.number<std::uint32_t>();
  if (record.kind != RecordKind::drop_partition || !reader.at_end()) return std::nullopt;
  return PartitionId{number};
}

}  // namespace kv
