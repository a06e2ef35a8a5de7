// GET, SET and SCAN of the Redis protocol.
#include <optional>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/bench/dialect.hpp"

namespace kv::bench {

namespace {

constexpr std::size_t kLineBytesMost = std::size_t{64} << 10;
constexpr std::int64_t kElementsMost = 1'000'000;
constexpr int kDepthMost = 3;
constexpr std::string_view kEnd = "\r\n";

std::unexpected<Error> refuse_reply(std::string_view what) {
  return fail(Errc::bad_input,
              fmt::format("is no answer of the Redis protocol: {}", what));
}

// A length of the protocol: -1 for nothing.
std::optional<std::int64_t> length_in(std::string_view digits) {
  if (digits == "-1") return -1;
  if (digits.empty() || digits.size() > 10) return std::nullopt;
  std::int64_t length = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    length = length * 10 + (digit - '0');
  }
  return length;
}

// Takes one thing after the other from bytes that may not all have come.
class ReplyReader {
 public:
  explicit ReplyReader(std::string_view in) : in_(in) {}

  [[nodiscard]] std::size_t taken() const { return at_; }

  // The first letter of what comes, and the rest of its line; false: not all there yet.
  Result<bool> line(char& type, std::string_view& rest) {
    const std::string_view left = in_.substr(at_);
    const auto end = left.substr(0, kLineBytesMost).find(kEnd);
    if (end == std::string_view::npos) {
      if (left.size() >= kLineBytesMost)
        return refuse_reply("a line of more than 64 KiB");
      return false;
    }
    if (end == 0) return refuse_reply("an empty line");
    type = left[0];
    rest = left.substr(1, end - 1);
    at_ += end + kEnd.size();
    return true;
  }

  // So many bytes and the end of their line.
  Result<bool> bytes(std::size_t length, std::string_view& bytes) {
    if (length > kAnswerBytesMost) {
      return refuse_reply(fmt::format("a value of {} bytes", length));
    }
    const std::string_view left = in_.substr(at_);
    if (left.size() < length + kEnd.size()) return false;
    if (left.substr(length, kEnd.size()) != kEnd) return refuse_reply("a value too long");
    bytes = left.substr(0, length);
    at_ += length + kEnd.size();
    return true;
  }

 private:
  std::string_view in_;
  std::size_t at_ = 0;
};

struct Value {
  char type = 0;
  std::int64_t length = 0;  // of a bulk string or an array; -1: there is none
  std::string_view bytes{};
};

// A string, an error or a number whole; of an array its length.
Result<bool> read_value(ReplyReader& reader, Value& value) {
  std::string_view rest;
  const auto there = reader.line(value.type, rest);
  if (!there || !*there) return there;
  if (value.type == '+' || value.type == '-' || value.type == ':') {
    value.bytes = rest;
    return true;
  }
  if (value.type != '$' && value.type != '*') {
    return refuse_reply(fmt::format("a line that begins with {}",
                                    printable(std::string_view(&value.type, 1))));
  }
  const auto length = length_in(rest);
  if (!length) return refuse_reply(fmt::format("the length {}", printable(rest)));
  value.length = *length;
  if (value.type == '*' || *length < 0) return true;
  return reader.bytes(static_cast<std::size_t>(*length), value.bytes);
}

// All elements of an array, nested ones too; `first` becomes the first one that is a string.
Result<bool> read_elements(ReplyReader& reader, std::int64_t count, int depth,
                           std::optional<std::string_view>& first) {
  if (count > kElementsMost) return refuse_reply(fmt::format("an array of {}", count));
  if (depth > kDepthMost) return refuse_reply("arrays within arrays within arrays");
  for (std::int64_t i = 0; i < count; ++i) {
    Value value;
    const auto there = read_value(reader, value);
    if (!there || !*there) return there;
    if (!first && value.type == '$') first = value.bytes;
    if (value.type != '*') continue;
    const auto inner = read_elements(reader, value.length, depth + 1, first);
    if (!inner || !*inner) return inner;
  }
  return true;
}

class Resp final : public Dialect {
 public:
  void append(std::string& out, const Request& request) const override {
    switch (request.verb) {
      case Verb::get:
        out += "*2\r\n$3\r\nGET\r\n";
        append_bulk(out, request.key);
        return;
      case Verb::put:
        out += "*3\r\n$3\r\nSET\r\n";
        append_bulk(out, request.key);
        append_bulk(out, request.value);
        return;
      case Verb::scan:
        out += "*4\r\n$4\r\nSCAN\r\n";
        append_bulk(out, request.cursor.empty() ? "0" : request.cursor);
        out += "$5\r\nCOUNT\r\n";
        append_bulk(out, fmt::format_int(request.limit).str());
        return;
    }
  }

  [[nodiscard]] Result<std::size_t> read(std::string_view in, Verb verb,
                                         Answer& answer) const override {
    ReplyReader reader(in);
    Value value;
    const auto there = read_value(reader, value);
    if (!there) return std::unexpected(there.error());
    if (!*there) return 0;
    if (value.type == '-') {
      answer.kind = Answer::Kind::failed;
      answer.error = value.bytes.substr(0, value.bytes.find(' '));
      answer.sentence = value.bytes;
      return reader.taken();
    }
    const char expected = verb == Verb::get ? '$' : verb == Verb::put ? '+' : '*';
    if (value.type != expected) {
      return refuse_reply(fmt::format("{} where {} was expected", value.type, expected));
    }
    if (verb == Verb::get && value.length < 0) answer.kind = Answer::Kind::missing;
    if (verb == Verb::get) answer.value = value.bytes;
    if (verb != Verb::scan) return reader.taken();
    std::optional<std::string_view> cursor;
    const auto all = read_elements(reader, value.length, 1, cursor);
    if (!all) return std::unexpected(all.error());
    if (!*all) return 0;
    if (!cursor) return refuse_reply("a page without a cursor");
    if (*cursor != "0") answer.cursor = *cursor;
    return reader.taken();
  }

 private:
  static void append_bulk(std::string& out, std::string_view bytes) {
    const fmt::format_int length(bytes.size());
    out += '$';
    out.append(length.data(), length.size());
    out.append(kEnd).append(bytes).append(kEnd);
  }
};

}  // namespace

std::unique_ptr<Dialect> resp_dialect() {
  return std::make_unique<Resp>();
}

}  // namespace kv::bench
