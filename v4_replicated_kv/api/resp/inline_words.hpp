// The words of a command that somebody typed: SET greeting "good morning\n".
//
//   good morning       two words
//   "good morning"     one; \n \r \t \b \a, \x41 for a byte, any other byte after a \ is itself
//   'good morning'     one; only \' is not as it stands
//   good" morning"     one: quotes may begin within a word, and end it
//
// Source    what Redis' sdssplitargs() does, but for NUL, which is a byte like others here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kv::resp {

// Nothing where a quote is not closed, or something is written right behind one that is.
[[nodiscard]] std::optional<std::vector<std::string>> words_of(std::string_view line);

}  // namespace kv::resp
