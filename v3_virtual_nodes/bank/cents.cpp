#include "v3_virtual_nodes/bank/cents.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/report/numbers.hpp"

namespace kv::bank {

namespace {

std::unexpected<Error> too_many() {
  return refuse(Errc::overflow, "the sum is more cents than 64 bits can count");
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The digits of "1,234,567" or "1234567", or nothing when the commas are elsewhere.
std::string without_commas(std::string_view dollars) {
  if (dollars.find(',') == dollars.npos) return std::string(dollars);
  std::string digits;
  auto group = dollars.substr(0, dollars.find(','));
  if (group.size() > 3 || !all_digits(group)) return "";
  digits += group;
  dollars.remove_prefix(group.size());
  while (!dollars.empty()) {
    group = dollars.substr(1, 3);
    if (dollars.front() != ',' || group.size() != 3 || !all_digits(group)) return "";
    digits += group;
    dollars.remove_prefix(4);
  }
  return digits;
}

}  // namespace

Result<Cents> plus(Cents a, Cents b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.raw(), b.raw(), &sum)) return too_many();
  return Cents{sum};
}

Result<Cents> minus(Cents a, Cents b) {
  std::int64_t difference = 0;
  if (__builtin_sub_overflow(a.raw(), b.raw(), &difference)) return too_many();
  return Cents{difference};
}

std::string to_text(Cents amount) {
  const bool below_zero = amount.raw() < 0;
  // The lowest number has no positive twin among signed ones, but has one among unsigned.
  const auto cents = below_zero ? 0 - static_cast<std::uint64_t>(amount.raw())
                                : static_cast<std::uint64_t>(amount.raw());
  return fmt::format("{}${}.{:02}", below_zero ? "-" : "", with_commas(cents / 100),
                     cents % 100);
}

Result<Cents> parse_cents(std::string_view text) {
  const auto wrong = [&] {
    return refuse(
        Errc::bad_amount,
        fmt::format("{} is no amount; takes dollars and two digits of cents, as in "
                    "$1,234.56",
                    printable(text)));
  };
  std::string_view rest = text;
  std::string number;
  if (rest.starts_with('-')) {
    number = "-";
    rest.remove_prefix(1);
  }
  if (rest.starts_with('$')) rest.remove_prefix(1);
  const auto point = rest.find('.');
  if (point == rest.npos) return wrong();
  const std::string dollars = without_commas(rest.substr(0, point));
  const auto cents = rest.substr(point + 1);
  if (!all_digits(dollars) || !all_digits(cents) || cents.size() != 2) return wrong();
  if (dollars.size() > 1 && dollars.front() == '0') return wrong();
  number += dollars;
  number += cents;
  std::int64_t value = 0;
  const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
  if (read.ec == std::errc::result_out_of_range) {
    return refuse(Errc::overflow,
                  fmt::format("{} is more than the bank can count; takes at most {}",
                              printable(text), to_text(Cents{INT64_MAX})));
  }
  return Cents{value};
}

}  // namespace kv::bank
