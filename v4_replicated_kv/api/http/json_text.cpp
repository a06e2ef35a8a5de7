#include "v4_replicated_kv/api/http/json_text.hpp"

#include <utility>

#include <fmt/format.h>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"

namespace kv::http {

namespace {

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    const char c = text.front();
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else {
      constexpr std::string_view kHex = "0123456789abcdef";
      const auto code = static_cast<unsigned char>(c);
      out += "\\u00";
      out += kHex[code >> 4U];
      out += kHex[code & 15U];
    }
    text.remove_prefix(1);
  }
  out += '"';
}

void ObjectText::begin(std::string_view name, std::string_view suffix) {
  if (text_.size() > 1) text_ += ',';
  text_ += '"';
  text_ += name;
  text_ += suffix;
  text_ += "\":";
}

ObjectText& ObjectText::text(std::string_view name, std::string_view utf8) {
  begin(name);
  append_quoted(text_, utf8);
  return *this;
}

ObjectText& ObjectText::bytes(std::string_view name, std::string_view bytes) {
  if (is_utf8(bytes)) return text(name, bytes);
  begin(name, "_base64");
  text_ += '"';
  append_base64(text_, bytes);
  text_ += '"';
  return *this;
}

ObjectText& ObjectText::number(std::string_view name, std::uint64_t number) {
  begin(name);
  text_ += std::to_string(number);
  return *this;
}

ObjectText& ObjectText::number(std::string_view name, double number) {
  begin(name);
  text_ += fmt::format("{}", number);
  return *this;
}

ObjectText& ObjectText::flag(std::string_view name, bool flag) {
  begin(name);
  text_ += flag ? "true" : "false";
  return *this;
}

ObjectText& ObjectText::json(std::string_view name, std::string_view json) {
  begin(name);
  text_ += json;
  return *this;
}

std::string ObjectText::done() {
  text_ += '}';
  return std::move(text_);
}

std::string error_text(const Refusal& refusal) {
  return ObjectText()
      .text("error", refusal.why)
      .text("code", refusal.code)
      .number("http_status", static_cast<std::uint64_t>(refusal.status))
      .done();
}

}  // namespace kv::http
