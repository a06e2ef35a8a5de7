// Small objects as JSON, and any bytes within them.
//
// Idea      JSON has text, keys and values are bytes. What is UTF-8 goes as text, under its
//           own name; what is not goes as base64, under that name with _base64.
// Breaks if  a byte that is not UTF-8 is replaced by a question mark: two keys would look
//            alike, and one of them could never be asked for.
// Why       not a tree of JSON values, written out at the end: a value may have 16 MiB, and
//           would be in memory once more.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "v4_replicated_kv/api/http/refusal.hpp"

namespace kv::http {

// Appends `text`, which is UTF-8, between quotes.
void append_quoted(std::string& out, std::string_view text);

// One object, member after member. Names are written as they are: letters and underscores.
class ObjectText {
 public:
  ObjectText() : text_("{") {}

  ObjectText& text(std::string_view name, std::string_view utf8);
  // Under `name`, or under `name` with _base64.
  ObjectText& bytes(std::string_view name, std::string_view bytes);
  ObjectText& number(std::string_view name, std::uint64_t number);
  ObjectText& number(std::string_view name, double number);
  ObjectText& flag(std::string_view name, bool flag);
  // What is JSON already.
  ObjectText& json(std::string_view name, std::string_view json);

  // All of it; nothing is added after that.
  [[nodiscard]] std::string done();

 private:
  void begin(std::string_view name, std::string_view suffix = {});

  std::string text_;
};

[[nodiscard]] std::string error_text(const Refusal& refusal);

}  // namespace kv::http
