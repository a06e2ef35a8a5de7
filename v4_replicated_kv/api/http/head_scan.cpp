#include "v4_replicated_kv/api/http/head_scan.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/api/http/words.hpp"

namespace kv::http {

namespace {

constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
constexpr std::string_view kHostMarks = "-._~:[]%!$&'()*+;=";

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_alphanumeric(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

// The letters of a method or a field's name.
constexpr auto kTokenLetters = [] {
  std::array<bool, 256> is_token{};
  for (std::size_t i = 0; i < 128; ++i) {
    const char c = static_cast<char>(i);
    is_token[i] = is_alphanumeric(c) || kTokenMarks.contains(c);
  }
  return is_token;
}();

bool is_token(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) {
    return kTokenLetters[static_cast<unsigned char>(c)];
  });
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7F';
}

}  // namespace

OrRefused<bool> HeadScan::look(std::string_view bytes) {
  for (; looked_ < bytes.size() && !is_whole_; ++looked_) {
    const char c = bytes[looked_];
    if (!is_control(c)) continue;
    if (c == '\r') {
      if (looked_ + 1 == bytes.size()) break;  // look again when it is clear what follows
      if (bytes[looked_ + 1] == '\n') continue;
      return refuse("a carriage return alone ends no line");
    }
    if (c != '\n') return refuse("a control character in the head of a request");
    if (looked_ == at_ || bytes[looked_ - 1] != '\r') {
      return refuse("a line feed alone ends no line: a carriage return goes before it");
    }
    const auto checked = line(bytes.substr(at_, looked_ - 1 - at_));
    if (!checked) return std::unexpected(checked.error());
    at_ = looked_ + 1;
  }
  if (auto over = over_limit()) return std::unexpected(*std::move(over));
  return is_whole_;
}

std::optional<Refusal> HeadScan::over_limit() const {
  const std::size_t line_end = has_request_line_ ? fields_at_ : looked_;
  if (line_end - begin_ > kRequestLineMax) {
    return Refusal{414, "too_large",
                   fmt::format("the request line is over {} bytes", kRequestLineMax)};
  }
  if (!has_request_line_) return std::nullopt;
  if (looked_ - fields_at_ > kFieldBytesMax || fields_ > kFieldsMax) {
    return Refusal{431, "too_large",
                   fmt::format("the headers are over {} bytes, or more than {}",
                               kFieldBytesMax, kFieldsMax)};
  }
  return std::nullopt;
}

OrRefused<void> HeadScan::line(std::string_view line) {
  if (!has_request_line_) {
    // Some clients end a body with a line of its own.
    if (line.empty() && begin_ == 0) {
      begin_ = looked_ + 1;
      return {};
    }
    has_request_line_ = true;
    fields_at_ = looked_ + 1;
    return request_line(line);
  }
  if (line.empty()) {
    is_whole_ = true;
    return whole();
  }
  ++fields_;
  return field(line);
}

OrRefused<void> HeadScan::request_line(std::string_view line) {
  if (line.size() > kRequestLineMax) return {};  // over_limit() says so
  const std::string_view method = take_until(line, ' ');
  const std::string_view target = take_until(line, ' ');
  const std::string_view version = line;
  if (!is_token(method) || target.empty() || target.contains('\t')) {
    return refuse("a request begins with a method, a blank and a path");
  }
  const bool is_version = version.size() == 8 && version.starts_with("HTTP/") &&
                          is_digit(version[5]) && version[6] == '.' &&
                          is_digit(version[7]);
  if (!is_version) return refuse("the first line of a request ends in HTTP/1.1");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return refuse(505, "bad_request",
                  fmt::format("{} is not spoken here: HTTP/1.1 is", version));
  }
  is_1_1_ = version == "HTTP/1.1";
  return {};
}

OrRefused<void> HeadScan::field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {
    return refuse("a header goes on in a second line: write it in one");
  }
  if (!line.contains(':')) return refuse("a header without a colon");
  const std::string_view name = take_until(line, ':');
  if (!is_token(name)) return refuse("a header's name has letters that none may have");
  const std::string_view value = trimmed(line);
  switch (name.size()) {
    case 4:
      if (same_word(name, "host")) return single(Single::host, value);
      break;
    case 6:
      if (same_word(name, "origin")) return single(Single::origin, value);
      break;
    case 9:
      if (same_word(name, "x-context")) return single(Single::context, value);
      break;
    case 12:
      if (same_word(name, "content-type")) return single(Single::type, value);
      if (same_word(name, "x-request-id")) return single(Single::id, value);
      break;
    case 14:
      if (same_word(name, "content-length")) return single(Single::length, value);
      break;
    case 17:
      if (same_word(name, "transfer-encoding")) return single(Single::encoding, value);
      break;
    default:
      break;
  }
  return {};
}

OrRefused<void> HeadScan::single(Single which, std::string_view value) {
  bool& seen = seen_[static_cast<std::size_t>(which)];
  if (seen) {
    constexpr std::array<std::string_view, kSingles> kNames{
        "Host",         "Content-Length", "Transfer-Encoding",
        "Content-Type", "X-Context",      "X-Request-Id",
        "Origin"};
    return refuse(fmt::format("two headers {}", kNames[static_cast<std::size_t>(which)]));
  }
  seen = true;
  if (which == Single::length) {
    const bool is_number = !value.empty() && std::ranges::all_of(value, is_digit);
    if (!is_number) return refuse("Content-Length takes decimal digits and nothing else");
  }
  if (which == Single::encoding && !same_word(value, "chunked")) {
    return refuse("of transfer encodings only chunked is understood");
  }
  if (which == Single::host) {
    const bool is_host = std::ranges::all_of(
        value, [](char c) { return is_alphanumeric(c) || kHostMarks.contains(c); });
    if (!is_host) return refuse("the header Host is no name of a host");
  }
  return {};
}

OrRefused<void> HeadScan::whole() const {
  if (is_1_1_ && !has(Single::host)) return refuse("HTTP/1.1 wants a header Host");
  if (!has(Single::encoding)) return {};
  if (has(Single::length)) {
    return refuse("Content-Length and Transfer-Encoding contradict each other");
  }
  if (!is_1_1_) return refuse("HTTP/1.0 knows no Transfer-Encoding");
  return {};
}

}  // namespace kv::http
