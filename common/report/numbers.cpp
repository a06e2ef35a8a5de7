#include "common/report/numbers.hpp"

#include <cmath>

#include <fmt/format.h>

namespace kv {

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = std::ssize(text) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

std::string counted(std::uint64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", with_commas(number), noun, number == 1 ? "" : "s");
}

std::string percent(double share) {
  const double value = share * 100;
  if (value == 0) return "0";
  const int decimals = std::abs(value) >= 9.995 ? 1 : std::abs(value) >= 0.0995 ? 2 : 3;
  return fmt::format("{:.{}f}", value, decimals);
}

std::string plain(double number) {
  if (std::abs(number - std::round(number)) < 0.005) {
    return with_commas(static_cast<std::uint64_t>(std::round(number)));
  }
  if (number >= 1000)
    return with_commas(static_cast<std::uint64_t>(std::llround(number)));
  return fmt::format("{:.{}f}", number, std::abs(number) >= 100 ? 1 : 2);
}

std::string value_of(Quantity quantity, double value) {
  return is_share(quantity) ? percent(value) : plain(value);
}

const char* unit_of(Quantity quantity) {
  return is_share(quantity) ? " %" : "";
}

const char* label_of(Quantity quantity, bool weighted, bool copies) {
  switch (quantity) {
    case Quantity::moved:
      return copies ? "copies moved" : "keys moved";
    case Quantity::sideways:
      return "  moved sideways";
    case Quantity::donors:
      return "donors";
    case Quantity::cv:
      return weighted ? "spread per weight (CV)" : "load spread (CV)";
    case Quantity::max_over_mean:
      break;
  }
  return weighted ? "largest load / its due" : "largest load / mean";
}

}  // namespace kv
