#include "v4_replicated_kv/simulation/script/words.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/base/closest_word.hpp"
#include "common/base/text.hpp"
#include "common/base/whole_number.hpp"

namespace kv {

std::unexpected<Error> wrong_word(std::string_view word, std::string_view why) {
  return fail(Errc::bad_input, fmt::format("{}: {}", printable(word), why));
}

Words::Words(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r";
  for (;;) {
    const auto begin = line.find_first_not_of(kBlanks);
    if (begin == std::string_view::npos || line[begin] == '#') return;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(kBlanks), line.size());
    words_.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

Result<std::string_view> Words::take(std::string_view what) {
  if (!empty()) return words_[next_++];
  return wrong_word(words_.empty() ? "" : words_.back(),
                    fmt::format("the line ends here, and does not say {}", what));
}

Result<std::size_t> Words::take_one_of(std::span<const std::string_view> known) {
  if (empty()) {
    return wrong_word(words_.empty() ? "" : words_.back(),
                      fmt::format("the line ends here; what follows is one of {}",
                                  fmt::join(known, ", ")));
  }
  const std::string_view word = words_[next_++];
  const auto at = std::ranges::find(known, word);
  if (at == known.end()) return wrong_word(word, suggestion(word, known));
  return static_cast<std::size_t>(at - known.begin());
}

Result<NodeId> Words::take_node(std::size_t nodes) {
  const auto word = take("which node");
  if (!word) return std::unexpected(word.error());
  return parse_node(*word, nodes);
}

Result<Tick> Words::take_span() {
  const auto word = take("how long");
  if (!word) return std::unexpected(word.error());
  return parse_span(*word);
}

Result<std::optional<Option>> Words::take_option(
    std::span<const std::string_view> known) {
  if (empty()) return std::nullopt;
  const std::string_view word = words_[next_++];
  const auto equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  if (std::ranges::find(known, name) == known.end()) {
    return wrong_word(word, suggestion(name, known));
  }
  if (std::ranges::find(options_, name) != options_.end()) {
    return wrong_word(word, fmt::format("{} is given twice", name));
  }
  options_.push_back(name);
  if (equals == std::string_view::npos || equals + 1 == word.size()) {
    return wrong_word(word, fmt::format("needs a value: {}=...", name));
  }
  return Option{.name = name, .value = word.substr(equals + 1)};
}

Result<void> Words::done() const {
  if (empty()) return {};
  return wrong_word(peek(), "the line should have ended before this");
}

Result<NodeId> parse_node(std::string_view word, std::size_t nodes) {
  const auto number = word.starts_with('n') ? whole_number(word.substr(1)) : std::nullopt;
  if (number && *number >= 1 && *number <= nodes) {
    return NodeId{static_cast<std::uint32_t>(*number - 1)};
  }
  return wrong_word(word, fmt::format("is no node; there are n1 to n{}", nodes));
}

Result<Tick> parse_span(std::string_view word, Tick most) {
  struct Unit {
    std::string_view name;
    std::uint64_t micros;
  };
  constexpr std::array kUnits{Unit{.name = "us", .micros = 1},
                              Unit{.name = "ms", .micros = 1'000},
                              Unit{.name = "s", .micros = 1'000'000}};
  for (const Unit& unit : kUnits) {
    if (!word.ends_with(unit.name)) continue;
    const auto number = whole_number(word.substr(0, word.size() - unit.name.size()));
    if (!number) continue;
    if (*number > most.raw() / unit.micros) {
      return wrong_word(word,
                        fmt::format("is too long: {} s at most", most.raw() / 1'000'000));
    }
    return Tick{*number * unit.micros};
  }
  return wrong_word(word, "is no time; write 20ms, 500us or 2s");
}

Result<std::uint64_t> parse_number(const Option& option, std::uint64_t least,
                                   std::uint64_t most) {
  const auto number = whole_number(option.value);
  if (number && *number >= least && *number <= most) return *number;
  return wrong_word(fmt::format("{}={}", option.name, option.value),
                    fmt::format("takes a whole number from {} to {}", least, most));
}

}  // namespace kv
