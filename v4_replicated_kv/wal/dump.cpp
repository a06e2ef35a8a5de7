#include "v4_replicated_kv/wal/dump.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "v4_replicated_kv/storage/compression.hpp"
#include "v4_replicated_kv/versioning/state_bytes.hpp"
#include "v4_replicated_kv/wal/line.hpp"

namespace kv {

namespace {

// So much text is written at once.
constexpr std::size_t kTextBytes = std::size_t{1} << 20;

// Where a record lies; the second pass has nothing else.
struct Place {
  std::uint64_t seq;
  std::uint32_t file;  // among the segments
  std::uint32_t offset;
};
static_assert(sizeof(Place) == 16, "what a dump keeps of a record");

// Reads a single record: mostly short ones, in one call.
Result<std::optional<Record>> read_record(const File& file, std::uint32_t offset,
                                          std::string& bytes) {
  constexpr std::size_t kGuess = 4096;
  bytes.clear();
  if (auto read = file.read(offset, kGuess, bytes); !read) {
    return std::unexpected(read.error());
  }
  ByteReader lengths(bytes);
  (void)lengths.number<std::uint32_t>();  // the checksum
  const auto value_bytes = lengths.number<std::uint32_t>();
  const auto key_bytes = lengths.number<std::uint16_t>();
  if (value_bytes > kStateBytesMax || key_bytes > kKeyBytesMax) return std::nullopt;
  const std::size_t needed = kRecordHeaderBytes + key_bytes + value_bytes;
  if (needed > bytes.size() && bytes.size() == kGuess) {
    if (auto read = file.read(offset + kGuess, needed - kGuess, bytes); !read) {
      return std::unexpected(read.error());
    }
  }
  return decode_record(bytes);
}

// A line has one value. Of a whole state it is the latest; without one the key is
// deleted.
void show_latest(Record& record, std::string_view& value, KeyState& state) {
  for (const Policy policy : {Policy::last_write_wins, Policy::siblings}) {
    if (auto parsed = parse_state(policy, value)) state = std::move(*parsed);
  }
  const auto latest = std::ranges::max_element(state.versions, {}, &Version::at);
  const bool is_set = latest != state.versions.end() && latest->kind == Kind::value;
  record.kind = is_set ? RecordKind::value : RecordKind::tombstone;
  value = is_set ? std::string_view(latest->value) : std::string_view();
}

class Dump {
 public:
  Dump(const LogFiles& files, const DumpOptions& options, const WriteText& write)
      : files_(files),
        options_(options),
        write_(write),
        drops_(files.manifest),
        hash_(hasher_of(files)) {
    damage_ = files.damage;
  }

  Result<std::vector<Damage>> run() {
    for (std::uint32_t i = 0; i < files_.segments.size(); ++i) find_records(i);
    std::ranges::sort(places_, {}, [](const Place& place) {
      return std::pair(place.seq, files_order(place));
    });
    if (options_.all_columns) text_ += column_names();
    std::uint64_t last = 0;
    for (const Place& place : places_) {
      // A compaction that was not finished leaves a record in two files.
      if (std::exchange(last, place.seq) == place.seq) continue;
      add(place);
      if (text_.size() < kTextBytes) continue;
      if (auto flushed = flush(); !flushed) return std::unexpected(flushed.error());
    }
    if (auto flushed = flush(); !flushed) return std::unexpected(flushed.error());
    return std::move(damage_);
  }

 private:
  static std::pair<std::uint32_t, std::uint32_t> files_order(const Place& place) {
    return {place.file, place.offset};
  }

  void find_records(std::uint32_t index) {
    const std::size_t before = places_.size();
    auto report = scan_log_file(
        files_.segments[index], [&] { places_.resize(before); },
        [&](const Record& record, std::uint32_t offset) {
          drops_.see(record);
          places_.push_back({.seq = record.seq, .file = index, .offset = offset});
        });
    for (Damage& damage : report.damage) damage_.push_back(std::move(damage));
  }

  void add(const Place& place) {
    const LogFile& file = files_.segments[place.file];
    const auto damaged = [&](std::string cause) {
      damage_.push_back(
          {.file = file.name, .offset = place.offset, .cause = std::move(cause)});
    };
    const auto record = read_record(*file.file, place.offset, record_);
    if (!record) return damaged(record.error().detail);
    if (!*record) return damaged("a record changed while it was read");
    if ((*record)->kind == RecordKind::drop_partition) {
      text_ += fmt::format("# partition {} dropped{}\n",
                           dropped_partition(**record).value_or(PartitionId{0}).raw(),
                           files_.manifest ? ", what was in it before is left out" : "");
      return;
    }
    if (drops_.voids(hash_key(hash_, (*record)->key), (*record)->seq)) return;
    if (!(*record)->compressed) return add(**record, (*record)->value, file, place);
    const auto value = decompress((*record)->value);
    if (!value) return damaged(value.error().detail);
    add(**record, *value, file, place);
  }

  void add(Record record, std::string_view value, const LogFile& file,
           const Place& place) {
    KeyState state;
    if (is_state(record.kind)) show_latest(record, value, state);
    if (options_.all_columns) {
      append_log_line(text_, record, value,
                      {.segment = file.header.id, .offset = place.offset});
      return;
    }
    // Lines have no time of expiry: a copy must not bring back what is over.
    const bool is_over = record.expires.raw() != 0 && record.expires <= options_.now;
    if (is_over) record.kind = RecordKind::tombstone;
    append_log_line(text_, record, value);
  }

  Result<void> flush() {
    auto written = text_.empty() ? Result<void>{} : write_(text_);
    text_.clear();
    return written;
  }

  const LogFiles& files_;
  const DumpOptions& options_;
  const WriteText& write_;
  Drops drops_;
  Hasher hash_;
  std::vector<Place> places_;
  std::vector<Damage> damage_;
  std::string record_;  // the bytes of the one that is read
  std::string text_;    // lines that wait
};

}  // namespace

Result<std::vector<Damage>> dump(const LogFiles& files, const DumpOptions& options,
                                 const WriteText& write) {
  return Dump(files, options, write).run();
}

}  // namespace kv
