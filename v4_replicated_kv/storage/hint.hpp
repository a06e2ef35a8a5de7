// The hint: what a start needs to know of a sealed segment, without its values.
//
// Why       the index is rebuilt from keys and positions alone. A hint has these, in
//           order of the keys' hashes, so that filling the index walks through memory
//           once.
// Breaks if  a hint is believed against its segment: it is a copy. One that is damaged or
//            missing costs a scan, nothing else. And while the segment is what is
//            damaged, the hint still knows the names of the keys that were lost.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/storage/disk.hpp"
#include "v4_replicated_kv/storage/record.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

namespace kv {

// A record without its value, and where it lies.
struct Hint {
  KeyHash hash;
  Record record;             // its value is empty, its key somebody else's bytes
  std::uint32_t offset = 0;  // in the segment
  std::uint32_t bytes = 0;   // of the whole record
};

// All of a segment's records as they were met, kept until it is sealed.
class HintBuilder {
 public:
  void add(KeyHash hash, const Record& record, std::uint32_t offset);

  // The file's content, in order of the hashes.
  [[nodiscard]] std::string encode(const SegmentHeader& segment) const;

  [[nodiscard]] bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    KeyHash hash;
    std::size_t begin = 0;  // in bytes_
    std::size_t bytes = 0;
  };
  std::vector<Entry> entries_;
  std::string bytes_;
};

// Reads a hint file that was made for this very segment.
class HintReader {
 public:
  // Errc::corrupt where `file` is no whole and undamaged hint of the segment.
  [[nodiscard]] static Result<HintReader> open(std::string_view file,
                                               const SegmentHeader& segment);
  // The same of a hint whose segment is not there. Nothing where it is damaged.
  [[nodiscard]] static std::optional<HintReader> open_alone(std::string_view file);

  // Puts the next into `hint`, whose key stays valid as long as the file's bytes; false
  // at the end.
  [[nodiscard]] bool next(Hint& hint);

 private:
  explicit HintReader(std::string_view entries) : left_(entries) {}
  std::string_view left_;
};

// More than the largest segment could need.
constexpr std::size_t kHintBytesMax = std::size_t{1} << 32;

// The largest sequence number in a hint whose segment is not there; 0 where it is damaged.
[[nodiscard]] Result<std::uint64_t> newest_in(const File& hint);

}  // namespace kv
