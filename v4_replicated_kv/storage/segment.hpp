// A segment: one file of the log, a header and then groups.
//
//   segment-00000007.log   | header 64 | group 0 | group 1 | ... | footer |   zeros   |
//
// Why       a file is made once, filled with zeros, and written from front to back: a
//           sync then has no file size and no new blocks to record, only the bytes. What
//           is full is sealed, and never written again.
// Breaks if  the end is taken for the first thing that does not decode. Reading tells the
//            three ends apart: nothing more, a torn tail, damage below what was durable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/group.hpp"

namespace kv {

using SegmentId = Strong<struct SegmentIdTag, std::uint32_t>;

// Where a record lies.
struct Position {
  SegmentId segment;
  std::uint32_t offset = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// Who wrote a segment.
enum class SegmentOrigin : std::uint32_t {
  appended = 1,   // the log's writer: one after the other, the last may be torn
  compacted = 2,  // compaction: sealed before it got its name
};

struct SegmentHeader {
  SegmentId id;
  SegmentOrigin origin = SegmentOrigin::appended;
  std::uint64_t nonce = 0;  // at random, of this file alone
  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

// The format of segments, hints and manifest together. Another one is refused, not
// guessed.
inline constexpr std::uint32_t kFormatVersion = 1;

inline constexpr std::uint32_t kSegmentHeaderBytes = 64;

// What a setting may ask for: offsets of 32 bits must reach into the last group.
inline constexpr std::uint64_t kSegmentBytesMin = 4096;
inline constexpr std::uint64_t kSegmentBytesMax = std::uint64_t{1} << 30;

// Errc::bad_usage where a setting asks for fewer or more.
[[nodiscard]] Result<void> check_segment_bytes(std::uint64_t bytes);

// `segment-00000007` + ".log" or ".hint".
[[nodiscard]] std::string segment_name(SegmentId id);
[[nodiscard]] std::string hint_name(SegmentId id);

// The segment that a name ending in ".log" stands for, and whose hint one ending in
// ".hint" does; nothing for other names.
[[nodiscard]] std::optional<SegmentId> segment_named(std::string_view name);
[[nodiscard]] std::optional<SegmentId> hint_named(std::string_view name);

[[nodiscard]] std::string encode_segment_header(const SegmentHeader& header);

// Errc::corrupt where the bytes are no header, Errc::bad_input where the format is
// another version's; `name` is for the sentence.
[[nodiscard]] Result<SegmentHeader> decode_segment_header(std::string_view bytes,
                                                          const std::string& name);

// Reads a segment's groups one after the other.
class SegmentReader {
 public:
  // The file outlives the reader; so does nothing else.
  SegmentReader(const File& file, std::uint64_t nonce)
      : file_(file), nonce_(nonce), next_(kSegmentHeaderBytes) {}

  struct Next {
    std::uint32_t offset = 0;
    Group group;  // valid until the next call
  };
  struct End {
    std::uint32_t offset = 0;  // zeros follow, or nothing
  };
  struct TornTail {
    std::uint32_t offset = 0;  // what follows was never known to be durable
  };
  struct Corrupt {
    std::uint32_t offset = 0;  // what was durable here has changed
    std::uint32_t resume = 0;  // the next group that is whole
  };
  using Step = std::variant<Next, End, TornTail, Corrupt>;

  // The next group, or why there is none. After Corrupt the next call goes on at
  // `resume`; after an end it says the same again. Errc::io where the file could not be
  // read.
  [[nodiscard]] Result<Step> next();

 private:
  [[nodiscard]] Result<std::string_view> window(std::uint64_t offset, std::size_t count);
  [[nodiscard]] Result<std::optional<Group>> group_at(std::uint64_t offset);
  [[nodiscard]] Result<Step> judge(std::uint64_t damage);

  const File& file_;
  std::uint64_t nonce_;
  std::uint64_t next_;
  std::uint64_t groups_ = 0;     // how many numbers were seen, the lost ones included
  std::string window_;           // what was read last,
  std::uint64_t window_at_ = 0;  // and where it begins
};

}  // namespace kv
