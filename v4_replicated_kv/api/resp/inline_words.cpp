#include "v4_replicated_kv/api/resp/inline_words.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

namespace kv::resp {

namespace {

constexpr std::string_view kBlank = " \t\n\v\f\r";
constexpr std::string_view kEndsWord = " \t\n\r";  // without quotes

// The byte that \x and two digits stand for, at the front of `rest`.
std::optional<char> byte_in_hex(std::string_view rest) {
  if (!rest.starts_with("\\x") || rest.size() < 4) return std::nullopt;
  unsigned number = 0;
  const char* const end = rest.data() + 4;
  const auto [stopped, error] = std::from_chars(rest.data() + 2, end, number, 16);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return static_cast<char>(number);
}

char meant_by(char escaped) {
  constexpr std::string_view kLetters = "nrtba";
  constexpr std::string_view kBytes = "\n\r\t\b\a";
  const std::size_t at = kLetters.find(escaped);
  return at == std::string_view::npos ? escaped : kBytes[at];
}

// One byte of what stands between quotes, which `rest` loses.
char take_quoted(std::string_view& rest, char quote) {
  const bool may_escape = rest.front() == '\\' && rest.size() > 1;
  if (quote == '"' && may_escape) {
    if (const auto byte = byte_in_hex(rest)) {
      rest.remove_prefix(4);
      return *byte;
    }
    return meant_by(std::exchange(rest, rest.substr(2))[1]);
  }
  if (may_escape && rest[1] == quote) rest.remove_prefix(1);
  return std::exchange(rest, rest.substr(1)).front();
}

// Takes what stands between quotes and its end; false where that is not there, or does not
// end the word.
bool take_quotation(std::string_view& rest, std::string& word) {
  const char quote = rest.front();
  rest.remove_prefix(1);
  while (!rest.empty() && rest.front() != quote) word += take_quoted(rest, quote);
  if (rest.empty()) return false;
  rest.remove_prefix(1);
  return rest.empty() || kBlank.find(rest.front()) != std::string_view::npos;
}

}  // namespace

std::optional<std::vector<std::string>> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (;;) {
    line.remove_prefix(std::min(line.find_first_not_of(kBlank), line.size()));
    if (line.empty()) return words;
    std::string& word = words.emplace_back();
    while (!line.empty() && kEndsWord.find(line.front()) == std::string_view::npos) {
      if (line.front() == '"' || line.front() == '\'') {
        if (!take_quotation(line, word)) return std::nullopt;
        break;
      }
      word += line.front();
      line.remove_prefix(1);
    }
  }
}

}  // namespace kv::resp
