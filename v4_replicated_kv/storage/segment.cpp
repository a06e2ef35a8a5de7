#include "v4_replicated_kv/storage/segment.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "common/hash/crc32c.hpp"

namespace kv {

namespace {

constexpr std::string_view kSegmentMagic = "KVSEGMNT";
constexpr std::string_view kPrefix = "segment-";
constexpr std::string_view kSuffix = ".log";
constexpr std::string_view kHintSuffix = ".hint";
constexpr std::size_t kDigits = 8;
constexpr std::size_t kWindowBytes = std::size_t{1} << 20;

// How many zeros to pass over, in whole steps of a group's alignment where more follows.
std::size_t leading_zeros(std::string_view bytes) {
  const std::size_t zeros = std::min(bytes.find_first_not_of('\0'), bytes.size());
  return zeros == bytes.size() ? zeros : zeros / kGroupAlignment * kGroupAlignment;
}

std::optional<SegmentId> number_in(std::string_view name, std::string_view suffix) {
  if (!name.starts_with(kPrefix) || !name.ends_with(suffix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(suffix.size());
  std::uint32_t number = 0;
  const char* const begin = std::to_address(name.begin());
  const char* const end = begin + name.size();
  const auto [stopped, error] = std::from_chars(begin, end, number);
  if (name.size() < kDigits || stopped != end || error != std::errc{})
    return std::nullopt;
  return SegmentId{number};
}

}  // namespace

Result<void> check_segment_bytes(std::uint64_t bytes) {
  if (bytes >= kSegmentBytesMin && bytes <= kSegmentBytesMax) return {};
  return fail(Errc::bad_usage, fmt::format("segment_bytes {}: takes {} to {}", bytes,
                                           kSegmentBytesMin, kSegmentBytesMax));
}

std::string segment_name(SegmentId id) {
  return fmt::format("{}{:08}{}", kPrefix, id.raw(), kSuffix);
}

std::string hint_name(SegmentId id) {
  return fmt::format("{}{:08}{}", kPrefix, id.raw(), kHintSuffix);
}

std::optional<SegmentId> segment_named(std::string_view name) {
  return number_in(name, kSuffix);
}

std::optional<SegmentId> hint_named(std::string_view name) {
  return number_in(name, kHintSuffix);
}

std::string encode_segment_header(const SegmentHeader& header) {
  std::string bytes(kSegmentMagic);
  append_le(bytes, kFormatVersion);
  append_le(bytes, header.id.raw());
  append_le(bytes, static_cast<std::uint32_t>(header.origin));
  append_le(bytes, header.nonce);
  append_le(bytes, crc32c(bytes));
  bytes.resize(kSegmentHeaderBytes, '\0');
  return bytes;
}

Result<SegmentHeader> decode_segment_header(std::string_view bytes,
                                            const std::string& name) {
  ByteReader reader(bytes);
  const std::string_view magic = reader.take(kSegmentMagic.size());
  const auto version = reader.number<std::uint32_t>();
  SegmentHeader header;
  header.id = SegmentId{reader.number<std::uint32_t>()};
  const auto origin = reader.number<std::uint32_t>();
  header.nonce = reader.number<std::uint64_t>();
  const std::size_t covered = bytes.size() - reader.left();
  const auto crc = reader.number<std::uint32_t>();
  if (!reader.ok() || magic != kSegmentMagic || crc != crc32c(bytes.substr(0, covered))) {
    return fail(Errc::corrupt, fmt::format("{}: damaged in its header", name));
  }
  header.origin = origin == static_cast<std::uint32_t>(SegmentOrigin::compacted)
                      ? SegmentOrigin::compacted
                      : SegmentOrigin::appended;
  if (version != kFormatVersion) {
    return fail(Errc::bad_input,
                fmt::format("{}: written in format {}, this program reads format {}",
                            name, version, kFormatVersion));
  }
  return header;
}

// At least `count` bytes from `offset` on, or all there are.
Result<std::string_view> SegmentReader::window(std::uint64_t offset, std::size_t count) {
  const bool holds = offset >= window_at_ && offset - window_at_ <= window_.size() &&
                     window_.size() - (offset - window_at_) >= count;
  if (!holds) {
    window_.clear();
    window_at_ = offset;
    const auto read = file_.read(offset, std::max(count, kWindowBytes), window_);
    if (!read) return std::unexpected(read.error());
  }
  return std::string_view(window_).substr(offset - window_at_);
}

Result<std::optional<Group>> SegmentReader::group_at(std::uint64_t offset) {
  const auto front = window(offset, kGroupHeaderBytes);
  if (!front) return std::unexpected(front.error());
  const auto announced = announced_bytes(*front, nonce_);
  if (!announced) return std::nullopt;
  const auto bytes = window(offset, *announced);
  if (!bytes) return std::unexpected(bytes.error());
  return decode_group(*bytes, nonce_);
}

Result<SegmentReader::Step> SegmentReader::next() {
  const auto group = group_at(next_);
  if (!group) return std::unexpected(group.error());
  const auto at = static_cast<std::uint32_t>(next_);
  if (!*group || (*group)->header.number < groups_) return judge(next_);
  groups_ = (*group)->header.number + 1;
  next_ += (*group)->bytes;
  return Next{.offset = at, .group = **group};
}

// What begins at `damage` is no group. Whether it ever was a durable one, only what
// follows can say: the durable mark never falls, so any later group above it settles the
// matter.
Result<SegmentReader::Step> SegmentReader::judge(std::uint64_t damage) {
  std::optional<std::uint32_t> resume;
  bool vouched = false;
  bool only_zeros = true;
  std::uint64_t at = damage;
  while (!resume || !vouched) {
    const auto bytes = window(at, kGroupHeaderBytes);
    if (!bytes) return std::unexpected(bytes.error());
    if (bytes->empty()) break;
    if (const std::size_t zeros = leading_zeros(*bytes); zeros > 0) {
      at += zeros;
      continue;
    }
    only_zeros = false;
    const auto group = group_at(at);
    if (!group) return std::unexpected(group.error());
    if (*group && (*group)->header.number >= groups_) {
      if (!resume) resume = static_cast<std::uint32_t>(at);
      vouched = vouched || (*group)->header.durable_up_to > damage;
      at += (*group)->bytes;
    } else {
      at += kGroupAlignment;
    }
  }
  const auto offset = static_cast<std::uint32_t>(damage);
  if (resume && vouched) {
    next_ = *resume;
    return Corrupt{.offset = offset, .resume = *resume};
  }
  if (only_zeros) return End{.offset = offset};
  return TornTail{.offset = offset};
}

}  // namespace kv
