#include "v4_replicated_kv/wal/verify.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "common/report/numbers.hpp"
#include "v4_replicated_kv/storage/compression.hpp"
#include "v4_replicated_kv/storage/hint.hpp"

namespace kv {

namespace {

// What is kept of a record until all are known.
struct Seen {
  KeyHash hash;
  std::uint64_t seq = 0;
  bool is_there = false;
};

bool same(const Hint& a, const Hint& b) {
  return a.hash == b.hash && a.offset == b.offset && a.bytes == b.bytes &&
         a.record.kind == b.record.kind && a.record.seq == b.record.seq &&
         a.record.version == b.record.version && a.record.expires == b.record.expires &&
         a.record.digest == b.record.digest && a.record.key == b.record.key;
}

// Where a hint says otherwise than its segment's records, both whole: in words.
std::string disagreement(HintReader says, HintReader is) {
  for (;;) {
    Hint claimed;
    Hint found;
    const bool claims = says.next(claimed);
    const bool finds = is.next(found);
    if (!claims && !finds) return "is not what its segment makes";
    if (claims && !finds) {
      return fmt::format("lists a record at offset {} that its segment has not",
                         claimed.offset);
    }
    if (!claims) {
      return fmt::format("does not list its segment's record at offset {}", found.offset);
    }
    if (same(claimed, found)) continue;
    return fmt::format("disagrees with its segment about the record at offset {}",
                       claimed.offset == found.offset
                           ? found.offset
                           : std::min(claimed.offset, found.offset));
  }
}

class Verifying {
 public:
  explicit Verifying(const LogFiles& files)
      : files_(files), drops_(files.manifest), hash_(hasher_of(files)) {
    verdict_.damage = files.damage;
  }

  Verdict run() && {
    for (const LogFile& file : files_.segments) check(file);
    look_at_hints_alone();
    count_keys();
    return std::move(verdict_);
  }

 private:
  void check(const LogFile& file) {
    HintBuilder hints;
    std::vector<Damage> found;
    std::uint64_t last_seq = 0;
    const std::size_t before = seen_.size();
    const auto damaged = [&](std::uint32_t offset, std::string cause) {
      found.push_back({.file = file.name, .offset = offset, .cause = std::move(cause)});
    };
    const auto report = scan_log_file(
        file,
        [&] {
          hints = {};
          found.clear();
          last_seq = 0;
          seen_.resize(before);
        },
        [&](const Record& record, std::uint32_t offset) {
          if (record.compressed && !decompress(record.value)) {
            damaged(offset, "a compressed value is damaged, though its record is whole");
          }
          const bool in_order = record.seq > last_seq;
          if (!in_order && file.header.origin == SegmentOrigin::appended) {
            damaged(offset,
                    fmt::format("record {} comes after record {}", record.seq, last_seq));
          }
          last_seq = record.seq;
          const KeyHash hash = hash_key(hash_, record.key);
          if (file.hint != nullptr) hints.add(hash, record, offset);
          see(hash, record);
        });
    found.insert(found.end(), report.damage.begin(), report.damage.end());
    std::ranges::stable_sort(found, {}, &Damage::offset);
    std::ranges::move(found, std::back_inserter(verdict_.damage));
    ++verdict_.segments;
    verdict_.bytes += file.bytes;
    verdict_.records += seen_.size() - before;
    if (report.torn_at) {
      verdict_.torn_tail = {.file = file.name,
                            .offset = *report.torn_at,
                            .cause = "a write was cut short, or is going on"};
    }
    if (file.hint != nullptr) check_hint(file, hints, report.damage.empty());
  }

  void see(KeyHash hash, const Record& record) {
    drops_.see(record);
    newest_ = std::max(newest_, record.seq);
    const bool is_there = has_value(record.kind) && !is_deleted(record.kind);
    seen_.push_back({.hash = hash, .seq = record.seq, .is_there = is_there});
  }

  // Of a damaged segment the hint knows more than can be checked.
  void check_hint(const LogFile& file, const HintBuilder& hints, bool is_whole) {
    ++verdict_.hints;
    const std::string name = hint_name(file.header.id);
    const auto damaged = [&](std::string cause) {
      verdict_.damage.push_back({.file = name, .cause = std::move(cause)});
    };
    const std::string expected = hints.encode(file.header);
    std::string bytes;
    constexpr std::size_t kMore = std::size_t{64} << 20;
    const auto read = file.hint->read(0, expected.size() + kMore, bytes);
    if (!read) return damaged(read.error().detail);
    if (bytes == expected) return;
    auto says = HintReader::open(bytes, file.header);
    if (!says) {
      return damaged(
          "does not match its checksum, or is another segment's; a start "
          "reads the segment instead");
    }
    if (is_whole) damaged(disagreement(*says, *HintReader::open(expected, file.header)));
  }

  // What a compaction that was cut off left knows of nothing new: it only copied.
  void look_at_hints_alone() {
    for (const HintAlone& hint : files_.hints_alone) {
      if (hint.newest <= newest_) continue;
      verdict_.damage.push_back(
          {.file = segment_name(hint.segment),
           .cause = "is not there, and its hint knows of records that are nowhere else"});
    }
  }

  void count_keys() {
    std::ranges::sort(seen_, {}, [](const Seen& s) { return std::tuple(s.hash, s.seq); });
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      const bool newest = i + 1 == seen_.size() || seen_[i + 1].hash != seen_[i].hash;
      const Seen& seen = seen_[i];
      if (newest && seen.is_there && !drops_.voids(seen.hash, seen.seq)) ++verdict_.keys;
    }
  }

  const LogFiles& files_;
  Drops drops_;
  Hasher hash_;
  std::vector<Seen> seen_;
  std::uint64_t newest_ = 0;
  Verdict verdict_;
};

}  // namespace

Verdict verify(const LogFiles& files) {
  return Verifying(files).run();
}

std::string verdict_text(const Verdict& verdict) {
  std::string text;
  for (const Damage& damage : verdict.damage) text += describe(damage) + "\n";
  text += verdict.damage.empty()
              ? std::string("whole")
              : fmt::format("damaged in {}", counted(verdict.damage.size(), "place"));
  text += fmt::format(": {}, {}, {}, {}, {}\n", counted(verdict.segments, "segment"),
                      counted(verdict.hints, "hint"), counted(verdict.records, "record"),
                      counted(verdict.keys, "key"), counted(verdict.bytes, "byte"));
  if (verdict.torn_tail) {
    text += fmt::format("torn tail, no damage: {}\n", describe(*verdict.torn_tail));
  }
  return text;
}

std::string verdict_json(const Verdict& verdict) {
  using Json = nlohmann::ordered_json;
  const auto place = [](const Damage& damage) {
    return Json{
        {"file", damage.file}, {"offset", damage.offset}, {"cause", damage.cause}};
  };
  Json damage = Json::array();
  for (const Damage& one : verdict.damage) damage.push_back(place(one));
  const Json object{
      {"whole", verdict.damage.empty()},
      {"segments", verdict.segments},
      {"hints", verdict.hints},
      {"records", verdict.records},
      {"keys", verdict.keys},
      {"bytes", verdict.bytes},
      {"torn_tail", verdict.torn_tail ? place(*verdict.torn_tail) : Json(nullptr)},
      {"damage", damage}};
  return object.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace kv
