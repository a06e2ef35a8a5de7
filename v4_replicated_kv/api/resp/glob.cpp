#include "v4_replicated_kv/api/resp/glob.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace kv::resp {

namespace {

unsigned number(char byte) {
  return static_cast<unsigned char>(byte);
}

// Whether the set that begins at pattern[at], a '[', has the byte; `at` goes behind it. A set
// that does not end goes to the end of the pattern, as in Redis.
bool is_in_set(std::string_view pattern, std::size_t& at, char byte) {
  ++at;
  const bool is_negated = at < pattern.size() && pattern[at] == '^';
  if (is_negated) ++at;
  bool is_in = false;
  for (; at < pattern.size() && pattern[at] != ']'; ++at) {
    if (pattern[at] == '\\' && at + 1 < pattern.size()) {
      ++at;
      is_in = is_in || pattern[at] == byte;
    } else if (at + 2 < pattern.size() && pattern[at + 1] == '-') {
      auto low = number(pattern[at]);
      auto high = number(pattern[at + 2]);
      if (low > high) std::swap(low, high);
      is_in = is_in || (number(byte) >= low && number(byte) <= high);
      at += 2;
    } else {
      is_in = is_in || pattern[at] == byte;
    }
  }
  if (at < pattern.size()) ++at;
  return is_in != is_negated;
}

// Whether what stands at `at`, no star, takes the byte; `at` goes behind it.
bool takes(std::string_view pattern, std::size_t& at, char byte) {
  if (pattern[at] == '?') {
    ++at;
    return true;
  }
  if (pattern[at] == '[') return is_in_set(pattern, at, byte);
  if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
  return pattern[at++] == byte;
}

}  // namespace

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t behind_star = std::string_view::npos;  // of the last star
  std::size_t taken_to = 0;                          // by it
  for (std::size_t i = 0; i < text.size();) {
    if (at < pattern.size() && pattern[at] == '*') {
      behind_star = ++at;
      taken_to = i;
    } else if (at < pattern.size() && takes(pattern, at, text[i])) {
      ++i;
    } else if (behind_star != std::string_view::npos) {
      at = behind_star;
      i = ++taken_to;
    } else {
      return false;
    }
  }
  return std::ranges::all_of(pattern.substr(at), [](char byte) { return byte == '*'; });
}

std::string literal_prefix(std::string_view pattern) {
  std::string prefix;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    constexpr std::string_view kSpecial = "*?[";
    if (kSpecial.find(pattern[at]) != std::string_view::npos) break;
    if (pattern[at] == '\\' && at + 1 < pattern.size()) ++at;
    prefix += pattern[at];
  }
  return prefix;
}

}  // namespace kv::resp
