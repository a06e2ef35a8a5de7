#include "v3_virtual_nodes/bank/csv.hpp"

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"

namespace kv::bank {

namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";  // what some programs begin UTF-8 with

}  // namespace

std::unexpected<kv::Error> CsvReader::refuse(const std::string& what) const {
  return fail(kv::Errc::bad_input,
              fmt::format("{}:{}: {}", printable(name_), row_line_, what));
}

// The next byte, CR LF taken as LF; EOF at the end.
int CsvReader::take() {
  int byte = std::fgetc(file_);
  if (byte == '\r') {
    const int next = std::fgetc(file_);
    if (next == '\n') {
      byte = next;
    } else if (next != EOF) {
      std::ungetc(next, file_);
    }
  }
  if (byte == '\n') ++line_;
  return byte;
}

kv::Result<bool> CsvReader::keep(int byte, Place& place, Place next,
                                 std::vector<std::string>& fields) const {
  if (fields.back().size() == kFieldBytesMax) {
    return refuse(fmt::format("a field is longer than {} bytes", kFieldBytesMax));
  }
  fields.back() += static_cast<char>(byte);
  place = next;
  return true;
}

// Takes one byte of a row; false when the row is complete.
kv::Result<bool> CsvReader::feed(int byte, Place& place,
                                 std::vector<std::string>& fields) {
  if (place == Place::in_quotes) {
    if (byte == EOF) return refuse("a quoted field has no closing quote");
    if (byte != '"') return keep(byte, place, Place::in_quotes, fields);
    place = Place::behind_quote;
    return true;
  }
  if (byte == EOF || byte == '\n') return false;
  if (byte == ',') {
    if (fields.size() == kFieldsMax) {
      return refuse(fmt::format("a row of more than {} fields", kFieldsMax));
    }
    fields.emplace_back();
    place = Place::begin_of_field;
    return true;
  }
  if (byte == '"' && place == Place::begin_of_field) {
    place = Place::in_quotes;
    return true;
  }
  if (byte == '"' && place == Place::behind_quote) {  // doubled: one quote in the field
    return keep(byte, place, Place::in_quotes, fields);
  }
  if (byte == '"') return refuse("a quote within a field that does not begin with one");
  if (place == Place::behind_quote) {
    return refuse("text between a closing quote and the next comma");
  }
  return keep(byte, place, Place::in_plain, fields);
}

// Whether all that was read of the file so far is a byte order mark.
bool CsvReader::at_mark(Place place, const std::vector<std::string>& fields) const {
  return line_ == 1 && fields.size() == 1 && place == Place::in_plain &&
         fields.front() == kMark;
}

kv::Result<std::vector<std::string>> CsvReader::next() {
  for (;;) {
    row_line_ = line_;
    row_bytes_ = 0;
    std::vector<std::string> fields(1);
    Place place = Place::begin_of_field;
    for (;;) {
      const int byte = take();
      if (std::ferror(file_) != 0) {
        const std::string why = std::generic_category().message(errno);
        return fail(kv::Errc::io,
                    fmt::format("{}: cannot be read: {}", printable(name_), why));
      }
      if (byte == EOF && row_bytes_ == 0) return std::vector<std::string>{};
      const auto more = feed(byte, place, fields);
      if (!more) return std::unexpected(more.error());
      if (!*more) break;
      if (++row_bytes_ > kRowBytesMax) {
        return refuse(fmt::format("a row is longer than {} bytes", kRowBytesMax));
      }
      if (at_mark(place, fields)) {  // dropped here, as a quote may come next
        fields.front().clear();
        place = Place::begin_of_field;
        row_bytes_ = 0;
      }
    }
    if (row_bytes_ > 0) return fields;
    ++skipped_;  // an empty line
  }
}

}  // namespace kv::bank
