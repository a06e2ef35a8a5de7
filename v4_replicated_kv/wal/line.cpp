#include "v4_replicated_kv/wal/line.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"
#include "common/base/whole_number.hpp"

namespace kv {

namespace {

constexpr std::size_t kColumns = 3;
constexpr std::size_t kAllColumns = 11;
constexpr std::size_t kExpiresColumn = 7;

// The length of the front of `key` that stands for itself; 0 where a byte has to be %XX.
std::size_t plain_length(std::string_view key) {
  const char first = key.front();
  if (first == '%' || first == ',' || first == '\r' || first == '\n') return 0;
  return utf8_length(key);
}

std::optional<unsigned> hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return static_cast<unsigned>(letter - '0');
  if (letter >= 'A' && letter <= 'F') return static_cast<unsigned>(letter - 'A') + 10;
  if (letter >= 'a' && letter <= 'f') return static_cast<unsigned>(letter - 'a') + 10;
  return std::nullopt;
}

std::unexpected<Error> bad(std::string what) {
  return fail(Errc::bad_input, std::move(what));
}

// The byte that a '%' and two digits stand for.
Result<char> escaped_byte(std::string_view text) {
  const auto high = text.size() > 1 ? hex_digit(text[1]) : std::nullopt;
  const auto low = text.size() > 2 ? hex_digit(text[2]) : std::nullopt;
  if (high && low)
    return static_cast<char>(static_cast<unsigned char>(*high * 16 + *low));
  return bad(fmt::format("{}: in a key two hexadecimal digits follow a %",
                         printable(text.substr(0, 3))));
}

Result<std::string> read_key(std::string_view text) {
  std::string key;
  while (!text.empty()) {
    if (text.front() == '%') {
      const auto byte = escaped_byte(text);
      if (!byte) return std::unexpected(byte.error());
      key += *byte;
      text.remove_prefix(3);
      continue;
    }
    const std::size_t length = plain_length(text);
    if (length == 0) {
      return bad(fmt::format("the key has the byte {:#04x}, which is to be %{:02X}",
                             static_cast<unsigned char>(text.front()),
                             static_cast<unsigned char>(text.front())));
    }
    key += text.substr(0, length);
    text.remove_prefix(length);
  }
  if (key.empty()) return bad("the key is empty, and has at least one byte");
  if (key.size() <= kKeyBytesMax) return key;
  return bad(
      fmt::format("the key has {} bytes, and may have {}", key.size(), kKeyBytesMax));
}

Result<std::string> read_value(std::string_view text) {
  if (text.size() > (kValueBytesMax + 2) / 3 * 4) {
    return bad(fmt::format("the value has more than {} bytes", kValueBytesMax));
  }
  auto value = decode_base64(text);
  if (!value) return bad("the value is no base64");
  if (value->size() <= kValueBytesMax) return std::move(*value);
  return bad(fmt::format("the value has more than {} bytes", kValueBytesMax));
}

Result<WallMs> read_expires(const std::vector<std::string_view>& columns) {
  if (columns.size() == kColumns) return WallMs{0};
  const std::string_view text = columns[kExpiresColumn];
  if (const auto ms = whole_number(text)) return WallMs{*ms};
  return bad(
      fmt::format("{}: the time of expiry is a number of milliseconds", printable(text)));
}

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> columns;
  while (columns.size() <= kAllColumns) {
    const std::size_t comma = line.find(',');
    columns.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) break;
    line.remove_prefix(comma + 1);
  }
  return columns;
}

void append_columns(std::string& out, const Record& record, std::string_view value) {
  const bool is_set = record.kind == RecordKind::value;
  out += is_set ? "SET," : "DEL,";
  out += written_key(record.key);
  out += ',';
  if (is_set) append_base64(out, value);
}

}  // namespace

std::string written_key(std::string_view key) {
  std::string text;
  while (!key.empty()) {
    const std::size_t length = plain_length(key);
    if (length == 0) {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(key.front()));
    }
    text += key.substr(0, length);
    key.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

void append_log_line(std::string& out, const Record& record, std::string_view value) {
  append_columns(out, record, value);
  out += '\n';
}

void append_log_line(std::string& out, const Record& record, std::string_view value,
                     Position at) {
  append_columns(out, record, value);
  fmt::format_to(std::back_inserter(out), ",{},{},{:016x},{},{},{:016x},{},{}\n",
                 record.seq, record.version.counter, record.version.dot.actor.raw(),
                 record.version.dot.seq, record.expires.raw(), record.digest,
                 at.segment.raw(), at.offset);
}

std::string_view column_names() {
  return "# kind,key,value,seq,counter,actor,dot_seq,expires_ms,digest,segment,offset\n";
}

bool is_remark(std::string_view line) {
  return line.starts_with('#');
}

Result<LogLine> parse_log_line(std::string_view line) {
  const auto columns = split(line);
  const std::string_view kind = columns.front();
  if (kind != "SET" && kind != "DEL") {
    return bad(fmt::format("{}: a line begins with SET, DEL or #", printable(kind)));
  }
  if (columns.size() != kColumns && columns.size() != kAllColumns) {
    return bad(fmt::format("has {}{} columns, and takes {}, or the {} of dump --verbose",
                           columns.size() > kAllColumns ? "more than " : "",
                           std::min(columns.size(), kAllColumns), kColumns, kAllColumns));
  }
  auto key = read_key(columns[1]);
  if (!key) return std::unexpected(key.error());
  if (kind == "DEL" && !columns[2].empty()) return bad("DEL takes no value");
  auto value = read_value(columns[2]);
  if (!value) return std::unexpected(value.error());
  const auto expires = read_expires(columns);
  if (!expires) return std::unexpected(expires.error());
  return LogLine{.is_set = kind == "SET",
                 .key = std::move(*key),
                 .value = std::move(*value),
                 .expires = *expires};
}

}  // namespace kv
