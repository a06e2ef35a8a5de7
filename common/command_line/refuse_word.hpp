// A word that a command does not take.
#pragma once

#include <expected>
#include <string_view>

#include <fmt/format.h>

#include "common/base/result.hpp"
#include "common/base/text.hpp"

namespace kv {

// "--flag: what is wrong with it", whatever bytes the word is of.
[[nodiscard]] inline std::unexpected<Error> refuse_word(std::string_view word,
                                                        std::string_view what) {
  return fail(Errc::bad_usage, fmt::format("{}: {}", printable(word), what));
}

}  // namespace kv
