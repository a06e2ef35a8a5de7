// How a word becomes a value of one type, and back: one kind for each sort of value that
// a key can have.
//
// Idea      a kind says in words what it takes, its bounds included. So "not a number",
//           "a unit that there is not" and "too large" are one sentence, and --help says
//           the same.
// Breaks if  what show() writes is not what read() takes: the reference page would show
//            defaults that nobody can type.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "v4_replicated_kv/configuration/address.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"

namespace kv {

template <class T>
struct ValueKind {
  std::string takes;                                       // "whole numbers from 1 to 16"
  std::function<std::optional<T>(std::string_view)> read;  // nothing: does not take it
  std::function<std::string(const T&)> show;
  bool is_list = false;  // in a file a sequence; elsewhere with commas between
  std::vector<std::string> words{};  // all that it takes, where these are a few words
};

[[nodiscard]] ValueKind<std::uint64_t> whole_numbers(std::uint64_t min,
                                                     std::uint64_t max);
// "2" or "0.5": no exponents, nothing that is no number.
[[nodiscard]] ValueKind<double> decimals(double min, double max);
// "64MiB", or "4096": units are powers of 1024 and say so.
[[nodiscard]] ValueKind<std::uint64_t> byte_counts(std::uint64_t min, std::uint64_t max);
// "500ms", "10d": always with a unit.
[[nodiscard]] ValueKind<Span> spans(Span min, Span max);
[[nodiscard]] ValueKind<bool> yes_or_no();
// 1 to 64 letters, digits, '-', '_' and '.', the first a letter or digit: safe in paths,
// in lists and on screens.
[[nodiscard]] ValueKind<std::string> plain_names();
// The name of a file or directory; "" is none.
[[nodiscard]] ValueKind<std::string> paths();
// "" is none.
[[nodiscard]] ValueKind<std::optional<Address>> addresses();
// All different, and with a port: somebody is to be found there.
[[nodiscard]] ValueKind<std::vector<Address>> address_lists();
// A number, or the word for none.
[[nodiscard]] ValueKind<std::optional<std::uint64_t>> numbers_or(std::string word,
                                                                 std::uint64_t min,
                                                                 std::uint64_t max);

// One of these words, each with what it stands for.
template <class T>
[[nodiscard]] ValueKind<T> one_of(const std::vector<std::pair<std::string, T>>& words) {
  std::string takes;
  std::vector<std::string> names;
  for (const auto& [word, value] : words) {
    takes += takes.empty() ? word : " or " + word;
    names.push_back(word);
  }
  return {.takes = takes,
          .read = [words](std::string_view text) -> std::optional<T> {
            for (const auto& [word, value] : words) {
              if (word == text) return value;
            }
            return std::nullopt;
          },
          .show =
              [words](const T& shown) {
                for (const auto& [word, value] : words) {
                  if (value == shown) return word;
                }
                return std::string{};
              },
          .words = names};
}

}  // namespace kv
