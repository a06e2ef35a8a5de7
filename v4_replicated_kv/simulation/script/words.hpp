// The words of one line of a script, read from left to right.
//
// Idea      whoever reads a word names what may stand there. So a word that is wrong is
//           told with its line, and with the one that was probably meant.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/simulation/script/script.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// "name=value", in two parts.
struct Option {
  std::string_view name;
  std::string_view value;
};

class Words {
 public:
  // Splits a line at its blanks; a word that begins with # ends it.
  explicit Words(std::string_view line);

  [[nodiscard]] bool empty() const { return next_ == words_.size(); }
  [[nodiscard]] std::size_t left() const { return words_.size() - next_; }
  [[nodiscard]] std::string_view peek() const { return empty() ? "" : words_[next_]; }

  // `what` is named where the line ends too soon: "which node".
  [[nodiscard]] Result<std::string_view> take(std::string_view what);
  // One of `known`, by its place.
  [[nodiscard]] Result<std::size_t> take_one_of(std::span<const std::string_view> known);
  // n1 to n`nodes`.
  [[nodiscard]] Result<NodeId> take_node(std::size_t nodes);
  [[nodiscard]] Result<Tick> take_span();

  // The next "name=value", which is one of `known` and new; nothing at the end of the
  // line.
  [[nodiscard]] Result<std::optional<Option>> take_option(
      std::span<const std::string_view> known);

  // Errc::bad_input unless all words were read.
  [[nodiscard]] Result<void> done() const;

 private:
  std::vector<std::string_view> words_;
  std::vector<std::string_view> options_;  // names that were taken
  std::size_t next_ = 0;
};

// Errc::bad_input that begins with the word.
[[nodiscard]] std::unexpected<Error> wrong_word(std::string_view word,
                                                std::string_view why);

// "n2" of so many nodes.
[[nodiscard]] Result<NodeId> parse_node(std::string_view word, std::size_t nodes);

// "20ms", "500us", "2s": at most `most`.
[[nodiscard]] Result<Tick> parse_span(std::string_view word, Tick most = kScriptTimeMax);

// A number from `least` to `most`; `word` is told where it is none.
[[nodiscard]] Result<std::uint64_t> parse_number(const Option& option,
                                                 std::uint64_t least, std::uint64_t most);

}  // namespace kv
