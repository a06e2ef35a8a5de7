#include "v4_replicated_kv/logging/log_line.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <type_traits>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "common/base/text.hpp"

namespace kv {

namespace {

constexpr std::size_t kTextBytesMax = 4096;

std::string time_text(std::int64_t unix_ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> at{
      std::chrono::milliseconds(unix_ms)};
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (at - seconds).count());
}

// The number of a character that is well-formed UTF-8.
std::uint32_t code_point(std::string_view character) {
  const auto byte = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(character[i]));
  };
  if (character.size() == 1) return byte(0);
  std::uint32_t point = byte(0) & (0x7FU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i)
    point = point << 6 | (byte(i) & 0x3F);
  return point;
}

// \uNNNN, or two of them.
void append_escape(std::string& out, std::uint32_t point) {
  if (point < 0x10000) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", point);
    return;
  }
  point -= 0x10000;
  fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}", 0xD800 + (point >> 10),
                 0xDC00 + (point & 0x3FF));
}

// Most are, and need no closer look.
bool is_plain(std::string_view character) {
  return character.size() == 1 && character.front() >= ' ' && character.front() <= '~';
}

void append_json(std::string& out, std::string_view text) {
  const bool is_long = text.size() > kTextBytesMax;
  text = text.substr(0, kTextBytesMax);
  out += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(character.size());
    if (length == 0) {
      fmt::format_to(std::back_inserter(out), "\\\\x{:02x}",
                     static_cast<unsigned char>(character.front()));
    } else if (character == "\"" || character == "\\") {
      (out += '\\') += character;
    } else if (is_plain(character) || one_line(character) == character) {
      out += character;
    } else {
      append_escape(out, code_point(character));
    }
  }
  out += is_long ? "...\"" : "\"";
}

// What has a blank or a sign in it that means something in a line is put in quotes: no
// value can look like another field.
void append_text(std::string& out, std::string_view text) {
  const std::string shown = printable(text);
  const bool plain = std::ranges::none_of(
      text, [](char c) { return c == ' ' || c == '=' || c == '"' || c == '\\'; });
  if (plain) {
    out += shown;
    return;
  }
  out += '"';
  for (const char c : shown) {
    if (c == '"') out += '\\';
    out += c;
  }
  out += '"';
}

void append_value(std::string& out, const LogField::Value& value, LogFormat format) {
  std::visit(
      [&](const auto& one) {
        using Value = std::decay_t<decltype(one)>;
        if constexpr (std::is_same_v<Value, std::string_view>) {
          format == LogFormat::json ? append_json(out, one) : append_text(out, one);
        } else if constexpr (std::is_same_v<Value, double>) {
          // JSON has no infinity, and nothing that is no number.
          out += std::isfinite(one) ? fmt::format("{}", one) : "null";
        } else {
          out += fmt::format("{}", one);
        }
      },
      value);
}

std::string json_line(const LogEntry& entry) {
  std::string out = fmt::format(R"({{"ts":"{}","level":"{}","node":)",
                                time_text(entry.unix_ms), level_name(entry.level));
  append_json(out, entry.node);
  out += ",\"msg\":";
  append_json(out, entry.message);
  for (const LogField& field : entry.fields) {
    out += ',';
    append_json(out, field.name);
    out += ':';
    append_value(out, field.value, LogFormat::json);
  }
  return out + "}";
}

std::string text_line(const LogEntry& entry) {
  std::string out =
      fmt::format("{} {:<5} {}: {}", time_text(entry.unix_ms), level_name(entry.level),
                  printable(entry.node), printable(entry.message));
  for (const LogField& field : entry.fields) {
    out += fmt::format(" {}=", printable(field.name));
    append_value(out, field.value, LogFormat::text);
  }
  return out;
}

}  // namespace

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      break;
  }
  return "error";
}

std::string log_line(LogFormat format, const LogEntry& entry) {
  return format == LogFormat::json ? json_line(entry) : text_line(entry);
}

}  // namespace kv
