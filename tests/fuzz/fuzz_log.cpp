// The files of a store: a segment's groups and records, hints, the manifest.
#include <algorithm>
#include <string>
#include <variant>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "v4_replicated_kv/storage/compression.hpp"
#include "v4_replicated_kv/storage/group.hpp"
#include "v4_replicated_kv/storage/hint.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"
#include "v4_replicated_kv/storage/record.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

using namespace kv;

namespace {

constexpr std::uint64_t kNonce = 0x1122334455667788;

void read_records(std::string_view payload) {
  while (const auto record = decode_record(payload)) {
    const std::size_t bytes = bytes_of(*record);
    std::string again;
    append_record(again, *record);
    KV_CHECK(again == payload.substr(0, bytes), "a record has one spelling");
    if (record->compressed) {
      const auto value = decompress(record->value);
      KV_CHECK(!value || value->size() <= kValueBytesMax, "a value within its limit");
    }
    payload.remove_prefix(bytes);
  }
}

// Groups as a start reads them: every step goes on, and it ends.
void read_segment(std::string_view groups) {
  std::string segment =
      encode_segment_header({.id = SegmentId{1}, .nonce = kNonce}).append(groups);
  const fuzz::MemoryFile file(segment);
  SegmentReader reader(file, kNonce);
  std::uint32_t last = 0;
  for (;;) {
    const auto step = reader.next();
    KV_CHECK(step.has_value(), "memory can be read");
    if (const auto* const next = std::get_if<SegmentReader::Next>(&*step)) {
      KV_CHECK(next->offset > last, "groups follow one another");
      last = next->offset;
      read_records(next->group.payload);
    } else if (const auto* const bad = std::get_if<SegmentReader::Corrupt>(&*step)) {
      KV_CHECK(bad->resume > bad->offset && bad->offset > last, "damage has an end");
      last = bad->offset;
    } else {
      return;
    }
  }
}

// The records' checksums made right: each record covers what its lengths say.
std::string summed_records(std::string_view input) {
  std::string bytes(input);
  for (std::size_t at = 0; at + kRecordHeaderBytes <= bytes.size();) {
    const std::string_view left = std::string_view(bytes).substr(at);
    const std::size_t length = kRecordHeaderBytes +
                               load_le<std::uint32_t>(left.substr(4)) +
                               load_le<std::uint16_t>(left.substr(8));
    if (length > left.size()) break;
    store_le(bytes.data() + at, crc32c(left.substr(4, length - 4)));
    at += length;
  }
  return bytes;
}

// Groups of the input's pieces: length, number, durable up to, kind, in a byte each.
std::string grouped(std::string_view input) {
  std::string groups;
  while (!input.empty()) {
    const std::size_t length = std::min<std::size_t>(fuzz::choice(input), input.size());
    const GroupHeader header{.nonce = kNonce,
                             .number = fuzz::choice(input),
                             .durable_up_to = fuzz::choice(input) * 8ULL,
                             .kind = static_cast<GroupKind>(1 + fuzz::choice(input) % 2)};
    std::string group(kGroupHeaderBytes, '\0');
    group += summed_records(input.substr(0, length));
    close_group(group, header);
    groups += group;
    input.remove_prefix(std::min(length, input.size()));
  }
  return groups;
}

std::string summed(std::string_view input) {
  std::string bytes(input);
  append_le(bytes, crc32c(bytes));
  return bytes;
}

void read_manifest_bytes(std::string_view bytes) {
  const auto manifest = decode_manifest(bytes);
  if (!manifest) return;
  const auto again = decode_manifest(encode_manifest(*manifest));
  KV_CHECK(again && *again == *manifest, "a manifest comes back as it went");
}

void read_hints(std::string_view bytes) {
  auto reader = HintReader::open(bytes, {.id = SegmentId{1}, .nonce = kNonce});
  if (!reader) return;
  std::size_t key_bytes = 0;
  for (Hint hint; reader->next(hint);) key_bytes += hint.record.key.size();
  KV_CHECK(key_bytes <= bytes.size(), "keys lie in the file");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  switch (fuzz::choice(input) % 8) {
    case 0:
      read_segment(input);
      break;
    case 1:
      read_segment(grouped(input));
      break;
    case 2:
      read_records(summed_records(input));
      break;
    case 3:
      read_manifest_bytes(input);
      break;
    case 4:
      read_manifest_bytes(summed(input));
      break;
    case 5:
      read_hints(input);
      break;
    case 6:
      read_hints(summed(input));
      break;
    default:
      static_cast<void>(decode_segment_header(input, "segment"));
  }
  return 0;
}
