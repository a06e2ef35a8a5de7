// What is there or not, four to a byte.
#pragma once

#include <cstdint>

namespace kv {

[[nodiscard]] constexpr std::uint8_t flags(bool first, bool second = false,
                                           bool third = false, bool fourth = false) {
  return static_cast<std::uint8_t>((first ? 1U : 0U) | (second ? 2U : 0U) |
                                   (third ? 4U : 0U) | (fourth ? 8U : 0U));
}

[[nodiscard]] constexpr bool has_first(std::uint8_t flags) {
  return (flags & 1U) != 0;
}
[[nodiscard]] constexpr bool has_second(std::uint8_t flags) {
  return (flags & 2U) != 0;
}
[[nodiscard]] constexpr bool has_third(std::uint8_t flags) {
  return (flags & 4U) != 0;
}
[[nodiscard]] constexpr bool has_fourth(std::uint8_t flags) {
  return (flags & 8U) != 0;
}

}  // namespace kv
