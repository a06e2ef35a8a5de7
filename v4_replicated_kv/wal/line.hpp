// A change of a key as a line of text: what `wal dump` writes and `wal import` reads.
//
//   SET,KEY,BASE64_VAL
//   DEL,KEY,
//   # anything: a remark
//
// In a key '%', ',', CR, LF and bytes that are not UTF-8 are %XX. With all columns a line
// goes on:
//
//   ...,SEQ,COUNTER,ACTOR,DOT_SEQ,EXPIRES_MS,DIGEST,SEGMENT,OFFSET
//
// Breaks if  a line that was cut short is taken for a whole one: so each ends in a
//            newline, and only a key may be written otherwise than a dump does: with more
//            %XX.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/storage/record.hpp"
#include "v4_replicated_kv/storage/segment.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

struct LogLine {
  bool is_set = false;  // else the key is deleted
  std::string key;
  std::string value;
  WallMs expires{};  // 0: never, or not said
};

// The longest line there can be, without its newline.
inline constexpr std::size_t kLogLineBytesMax =
    4 + 3 * kKeyBytesMax + 1 + (kValueBytesMax + 2) / 3 * 4 + std::size_t{8} * 21;

// The key as it stands in a line.
[[nodiscard]] std::string written_key(std::string_view key);

// Appends the line, newline included. The record is a value or a tombstone, and `value`
// is what it holds, as it was put.
void append_log_line(std::string& out, const Record& record, std::string_view value);
void append_log_line(std::string& out, const Record& record, std::string_view value,
                     Position at);

// The names of all columns, as a remark.
[[nodiscard]] std::string_view column_names();

// Whether the line, without its newline, is to be passed over.
[[nodiscard]] bool is_remark(std::string_view line);

// Reads a line without its newline; Errc::bad_input says what is wrong with it.
[[nodiscard]] Result<LogLine> parse_log_line(std::string_view line);

}  // namespace kv
