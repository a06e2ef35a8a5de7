#include "common/report/paint.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace kv {

std::string paint(Style style, Ink ink, std::string_view text) {
  constexpr std::array<std::string_view, 5> kCodes{"", "1", "32", "1;31", "2"};
  if (!style.color || ink == Ink::plain) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<std::size_t>(ink)], text);
}

std::string bar(Style style, double share, std::size_t width) {
  const double cells = std::clamp(share, 0.0, 1.0) * static_cast<double>(width);
  if (style.ascii) {
    std::string drawn;
    drawn.append(static_cast<std::size_t>(std::round(cells)), '#');
    return drawn;
  }
  constexpr std::array<std::string_view, 8> kEighths{"",  "▏", "▎", "▍",
                                                     "▌", "▋", "▊", "▉"};
  const auto eighths = static_cast<std::size_t>(std::round(cells * 8));
  std::string drawn;
  for (std::size_t i = 0; i < eighths / 8; ++i) drawn += "█";
  drawn += kEighths[eighths % 8];
  return drawn;
}

namespace {

// Where the first word of `text` ends; a per cent sign never leaves its number.
std::size_t end_of_word(std::string_view text) {
  auto end = text.find(' ');
  while (text.substr(std::min(end, text.size())).starts_with(" %")) {
    end = text.find(' ', end + 1);
  }
  return std::min(end, text.size());
}

}  // namespace

std::string wrapped(std::string_view lead, std::string_view text) {
  std::string out(lead);
  std::size_t column = lead.size();
  bool line_is_empty = true;
  while (!text.empty()) {
    const auto end = end_of_word(text);
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line_is_empty && column + 1 + word.size() > kColumns) {
      out += '\n';
      out.append(lead.size(), ' ');
      column = lead.size();
      line_is_empty = true;
    }
    if (!line_is_empty) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    line_is_empty = false;
  }
  return out + '\n';
}

}  // namespace kv
