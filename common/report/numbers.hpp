// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/experiment/quantities.hpp"

namespace kv {

// 1234567 as 1,234,567.
[[nodiscard]] std::string with_commas(std::uint64_t number);

// "1 node", "4 nodes".
[[nodiscard]] std::string counted(std::uint64_t number, std::string_view noun);

// A share as per cent without the sign, with about three digits: 0.2 as 20.0, 0.0017 as
// 0.17, 0 as 0.
[[nodiscard]] std::string percent(double share);

// A plain figure, at least 0: 1500 as 1,500, 2.083 as 2.08, 0 as 0.
[[nodiscard]] std::string plain(double number);

// A quantity's value in its own unit, without the unit.
[[nodiscard]] std::string value_of(Quantity quantity, double value);

// " %" for shares, nothing for the rest.
[[nodiscard]] const char* unit_of(Quantity quantity);

// A quantity's name in a table; spread and largest load are per unit of weight, which the
// names say when some node has a weight other than 1. `copies` says that copies of keys are
// counted.
[[nodiscard]] const char* label_of(Quantity quantity, bool weighted, bool copies = false);

}  // namespace kv
