#include "v4_replicated_kv/storage/hint.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"

namespace kv {

namespace {

constexpr std::string_view kHintMagic = "KVHINTS1";

// Magic, format, nonce, bytes of the entries; the checksum of all that and of them ends
// the file.
constexpr std::size_t kHeaderBytes = 8 + 4 + 8 + 8;
constexpr std::size_t kCrcBytes = 4;

// Hash, offset, length, then the record's header without its checksum, then the key.
void append_entry(std::string& out, KeyHash hash, const Record& record,
                  std::uint32_t offset) {
  append_le(out, hash.raw());
  append_le(out, offset);
  append_le(out, static_cast<std::uint32_t>(bytes_of(record)));
  append_le(out, static_cast<std::uint8_t>(record.kind));
  append_le(out, record.seq);
  append_le(out, record.version.counter);
  append_le(out, record.version.dot.actor.raw());
  append_le(out, record.version.dot.seq);
  append_le(out, record.expires.raw());
  append_le(out, record.digest);
  append_le(out, static_cast<std::uint16_t>(record.key.size()));
  out += record.key;
}

}  // namespace

void HintBuilder::add(KeyHash hash, const Record& record, std::uint32_t offset) {
  const std::size_t begin = bytes_.size();
  append_entry(bytes_, hash, record, offset);
  entries_.push_back({.hash = hash, .begin = begin, .bytes = bytes_.size() - begin});
}

std::string HintBuilder::encode(const SegmentHeader& segment) const {
  std::vector<Entry> sorted = entries_;
  std::ranges::stable_sort(sorted, {}, &Entry::hash);
  std::string file;
  file.reserve(kHeaderBytes + bytes_.size() + kCrcBytes);
  file += kHintMagic;
  append_le(file, kFormatVersion);
  append_le(file, segment.nonce);
  append_le(file, static_cast<std::uint64_t>(bytes_.size()));
  for (const Entry& entry : sorted) file.append(bytes_, entry.begin, entry.bytes);
  append_le(file, crc32c(file));
  return file;
}

std::optional<HintReader> HintReader::open_alone(std::string_view file) {
  ByteReader reader(file);
  if (reader.take(kHintMagic.size()) != kHintMagic) return std::nullopt;
  if (reader.number<std::uint32_t>() != kFormatVersion) return std::nullopt;
  SegmentHeader segment{};
  segment.nonce = reader.number<std::uint64_t>();
  const auto opened = open(file, segment);
  return opened ? std::optional(*opened) : std::nullopt;
}

Result<HintReader> HintReader::open(std::string_view file, const SegmentHeader& segment) {
  ByteReader reader(file);
  const std::string_view magic = reader.take(kHintMagic.size());
  const auto format = reader.number<std::uint32_t>();
  const auto nonce = reader.number<std::uint64_t>();
  const auto count = reader.number<std::uint64_t>();
  const std::string_view entries = reader.take(count);
  const std::size_t covered = file.size() - reader.left();
  const auto crc = reader.number<std::uint32_t>();
  if (!reader.at_end() || magic != kHintMagic || format != kFormatVersion ||
      nonce != segment.nonce || crc != crc32c(file.substr(0, covered))) {
    return fail(Errc::corrupt,
                fmt::format("{}: damaged, or another segment's", hint_name(segment.id)));
  }
  return HintReader(entries);
}

// The checksum held for all entries together, so each is as it was written.
bool HintReader::next(Hint& hint) {
  ByteReader reader(left_);
  hint.hash = KeyHash{reader.number<std::uint64_t>()};
  hint.offset = reader.number<std::uint32_t>();
  hint.bytes = reader.number<std::uint32_t>();
  const auto kind = reader.number<std::uint8_t>();
  if (!is_record_kind(kind)) return false;  // the end
  hint.record.kind = static_cast<RecordKind>(kind);
  hint.record.seq = reader.number<std::uint64_t>();
  hint.record.version.counter = reader.number<std::uint64_t>();
  hint.record.version.dot.actor = ActorId{reader.number<std::uint64_t>()};
  hint.record.version.dot.seq = reader.number<std::uint64_t>();
  hint.record.expires = WallMs{reader.number<std::uint64_t>()};
  hint.record.digest = reader.number<std::uint64_t>();
  hint.record.key = reader.take(reader.number<std::uint16_t>());
  left_.remove_prefix(left_.size() - reader.left());
  return reader.ok();
}

Result<std::uint64_t> newest_in(const File& hint) {
  std::string bytes;
  if (const auto read = hint.read(0, kHintBytesMax, bytes); !read) {
    return std::unexpected(read.error());
  }
  std::uint64_t newest = 0;
  auto reader = HintReader::open_alone(bytes);
  Hint one;
  while (reader && reader->next(one)) newest = std::max(newest, one.record.seq);
  return newest;
}

}  // namespace kv
