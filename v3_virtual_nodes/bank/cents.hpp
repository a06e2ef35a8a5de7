// Money: whole cents, never fractions, never silently too large.
//
// Why     a double cannot hold $0.10, and ten of them do not make a dollar; a count of
//         cents that wraps around would make a rich customer poor.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/strong.hpp"
#include "v3_virtual_nodes/bank/result.hpp"

namespace kv::bank {

using Cents = Strong<struct CentsTag, std::int64_t>;

// Errc::overflow when 64 bits cannot count the answer.
[[nodiscard]] Result<Cents> plus(Cents a, Cents b);
[[nodiscard]] Result<Cents> minus(Cents a, Cents b);

// "$1,234.56"; what is below zero as "-$0.05".
[[nodiscard]] std::string to_text(Cents amount);

// The reverse: an optional "-", an optional "$", the dollars with a comma before every
// three digits or with none at all, a point and two digits. Errc::bad_amount for the rest:
// there is no blank, plus sign, third decimal or leading zero that might be a slip.
[[nodiscard]] Result<Cents> parse_cents(std::string_view text);

}  // namespace kv::bank
