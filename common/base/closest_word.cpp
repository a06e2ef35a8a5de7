#include "common/base/closest_word.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace kv {

namespace {

constexpr std::size_t kLettersMax = 64;
using Row = std::array<std::size_t, kLettersMax + 1>;

}  // namespace

// The usual table, of which three rows are enough: row i has the distances of the first i
// letters of `left` to all beginnings of `right`.
std::size_t letters_apart(std::string_view left, std::string_view right) {
  left = left.substr(0, kLettersMax);
  right = right.substr(0, kLettersMax);
  Row before{};
  Row above{};
  Row row{};
  for (std::size_t j = 0; j <= right.size(); ++j) row.at(j) = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    before = above;
    above = row;
    row.at(0) = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const std::size_t changed = above.at(j - 1) + (left[i - 1] == right[j - 1] ? 0 : 1);
      row.at(j) = std::min({changed, above.at(j) + 1, row.at(j - 1) + 1});
      const bool swapped =
          i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) row.at(j) = std::min(row.at(j), before.at(j - 2) + 1);
    }
  }
  return row.at(right.size());
}

std::string_view closest_word(std::string_view word,
                              std::span<const std::string_view> known) {
  const auto closest = std::ranges::min_element(
      known, {}, [&](std::string_view one) { return letters_apart(word, one); });
  if (closest == known.end()) return {};
  // Of a single letter nothing is left when one is changed.
  const std::size_t bound =
      closest->size() == 1 ? 0 : std::max<std::size_t>(1, closest->size() / 3);
  return letters_apart(word, *closest) <= bound ? *closest : std::string_view{};
}

std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
  const std::string_view closest = closest_word(word, known);
  if (!closest.empty()) return "did you mean " + std::string(closest) + "?";
  std::string all = "takes one of ";
  for (const std::string_view one : known) {
    if (one != known.front()) all += ", ";
    all += one;
  }
  return all;
}

}  // namespace kv
