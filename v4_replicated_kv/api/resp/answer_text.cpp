#include "v4_replicated_kv/api/resp/answer_text.hpp"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace kv::resp {

namespace {

constexpr std::size_t kErrorBytesMax = 1024;

void append_head(std::string& out, char kind, std::int64_t number) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  out += kind;
  out.append(digits.data(), static_cast<std::size_t>(end.ptr - digits.data()));
  out += "\r\n";
}

}  // namespace

std::string escaped(std::string_view bytes, std::size_t bytes_max) {
  std::string text;
  for (const char byte : bytes.substr(0, bytes_max)) {
    if (byte >= ' ' && byte <= '~') {
      text += byte;
    } else {
      text += fmt::format("\\x{:02x}", static_cast<unsigned char>(byte));
    }
  }
  if (bytes.size() > bytes_max) text += "...";
  return text;
}

void append_error(std::string& out, std::string_view text) {
  out += '-';
  out += escaped(text, kErrorBytesMax);
  out += "\r\n";
}

void append_number(std::string& out, std::int64_t number) {
  append_head(out, ':', number);
}

void append_string(std::string& out, std::string_view bytes) {
  append_head(out, '$', static_cast<std::int64_t>(bytes.size()));
  out += bytes;
  out += "\r\n";
}

void append_array(std::string& out, std::size_t count) {
  append_head(out, '*', static_cast<std::int64_t>(count));
}

std::string error_text(std::string_view text) {
  std::string out;
  append_error(out, text);
  return out;
}

std::string number_text(std::int64_t number) {
  std::string out;
  append_number(out, number);
  return out;
}

std::string string_text(std::string_view bytes) {
  std::string out;
  append_string(out, bytes);
  return out;
}

}  // namespace kv::resp
