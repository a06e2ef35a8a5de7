// The little that a text screen is drawn with: colours, bars, wrapped sentences.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kv {

inline constexpr std::size_t kColumns = 90;

struct Style {
  bool color = false;
  bool ascii = false;
};

enum class Ink { plain, heading, good, bad, faint };

// `text` in a colour, or as it is when the style has none.
[[nodiscard]] std::string paint(Style style, Ink ink, std::string_view text);

// A bar of `share` (0 to 1) of `width` cells, in eighths of a cell unless ASCII.
[[nodiscard]] std::string bar(Style style, double share, std::size_t width);

// `text` behind `lead`, broken between words so that no line is longer than kColumns;
// later lines are indented to where the text began. Ends in a newline.
[[nodiscard]] std::string wrapped(std::string_view lead, std::string_view text);

}  // namespace kv
