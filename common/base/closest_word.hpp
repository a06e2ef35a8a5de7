// The word that somebody probably meant.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace kv {

// How many letters have to be changed, added or left out to make `left` of `right`; two
// neighbours that changed places count once. Both may have 64 bytes; what is longer is cut.
[[nodiscard]] std::size_t letters_apart(std::string_view left, std::string_view right);

// Of `known`, the one that is the fewest letters away, and the first of those; empty where
// even that would be a guess: more than a third of its letters are others.
[[nodiscard]] std::string_view closest_word(std::string_view word,
                                            std::span<const std::string_view> known);

// The end of a sentence about a word that nobody knows: "did you mean X?", or all of them.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     std::span<const std::string_view> known);

}  // namespace kv
