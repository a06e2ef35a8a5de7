#include "v4_replicated_kv/configuration/value_kinds.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "common/base/whole_number.hpp"
#include "v4_replicated_kv/placement/partition_table.hpp"

namespace kv {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t worth = 1;
};

// The largest first: a value is shown in the largest that divides it.
constexpr std::array<Unit, 5> kByteUnits{{{.name = "TiB", .worth = kGiB << 10},
                                          {.name = "GiB", .worth = kGiB},
                                          {.name = "MiB", .worth = kMiB},
                                          {.name = "KiB", .worth = kKiB},
                                          {.name = "", .worth = 1}}};
constexpr std::array<Unit, 5> kSpanUnits{{{.name = "d", .worth = 86'400'000},
                                          {.name = "h", .worth = 3'600'000},
                                          {.name = "m", .worth = 60'000},
                                          {.name = "s", .worth = 1000},
                                          {.name = "ms", .worth = 1}}};
using Units = std::array<Unit, 5>;

std::optional<std::uint64_t> read_with_unit(std::string_view text, const Units& units) {
  const auto letters =
      std::ranges::find_if(text, [](char c) { return c < '0' || c > '9'; });
  const auto digits = static_cast<std::size_t>(letters - text.begin());
  const auto number = whole_number(text.substr(0, digits));
  const auto unit = std::ranges::find(units, text.substr(digits), &Unit::name);
  if (!number || unit == units.end()) return std::nullopt;
  if (*number > std::numeric_limits<std::uint64_t>::max() / unit->worth) {
    return std::nullopt;
  }
  return *number * unit->worth;
}

std::string show_with_unit(std::uint64_t value, const Units& units) {
  const auto unit = std::ranges::find_if(
      units, [value](const Unit& one) { return value != 0 && value % one.worth == 0; });
  const Unit& chosen = unit == units.end() ? units.back() : *unit;
  return fmt::format("{}{}", value / chosen.worth, chosen.name);
}

template <class T>
std::optional<T> within(std::optional<T> value, T min, T max) {
  return value && *value >= min && *value <= max ? value : std::nullopt;
}

std::optional<std::vector<Address>> read_list(std::string_view text) {
  std::vector<Address> list;
  std::set<Address> seen;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto address = parse_address(text.substr(0, comma));
    if (!address || address->port == 0 || !seen.insert(*address).second ||
        list.size() == kMembersMax) {
      return std::nullopt;
    }
    list.push_back(*address);
    if (comma == std::string_view::npos) return list;
    text.remove_prefix(comma + 1);
    if (text.empty()) return std::nullopt;  // ended in a comma
  }
  return list;
}

}  // namespace

ValueKind<std::uint64_t> whole_numbers(std::uint64_t min, std::uint64_t max) {
  return {
      .takes = min == max ? fmt::format("{}", min)
                          : fmt::format("whole numbers from {} to {}", min, max),
      .read = [=](std::string_view text) { return within(whole_number(text), min, max); },
      .show = [](std::uint64_t value) { return fmt::format("{}", value); }};
}

ValueKind<double> decimals(double min, double max) {
  return {.takes = fmt::format("numbers from {} to {}", min, max),
          .read = [=](std::string_view text) -> std::optional<double> {
            double number = 0;
            const auto [end, error] = std::from_chars(
                text.data(), text.data() + text.size(), number, std::chars_format::fixed);
            if (error != std::errc{} || end != text.data() + text.size()) return {};
            return within(std::optional(number), min, max);
          },
          .show = [](double value) { return fmt::format("{}", value); }};
}

ValueKind<std::uint64_t> byte_counts(std::uint64_t min, std::uint64_t max) {
  return {.takes = fmt::format("bytes like 64MiB, from {} to {}",
                               show_with_unit(min, kByteUnits),
                               show_with_unit(max, kByteUnits)),
          .read =
              [=](std::string_view text) {
                return within(read_with_unit(text, kByteUnits), min, max);
              },
          .show = [](std::uint64_t value) { return show_with_unit(value, kByteUnits); }};
}

ValueKind<Span> spans(Span min, Span max) {
  const auto count = [](Span span) { return static_cast<std::uint64_t>(span.count()); };
  const auto show = [count](Span span) {
    return show_with_unit(count(span), kSpanUnits);
  };
  return {.takes = fmt::format("times like 500ms, 2s, 5m, 1h or 10d, from {} to {}",
                               show(min), show(max)),
          .read = [=](std::string_view text) -> std::optional<Span> {
            const auto value =
                within(read_with_unit(text, kSpanUnits), count(min), count(max));
            if (!value) return std::nullopt;
            return Span(static_cast<Span::rep>(*value));
          },
          .show = show};
}

ValueKind<bool> yes_or_no() {
  return one_of<bool>({{"true", true}, {"false", false}});
}

ValueKind<std::string> plain_names() {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  constexpr std::size_t kPlainNameBytesMax = 64;
  return {.takes = fmt::format("names of 1 to {} letters, digits, '-', '_' and '.', the "
                               "first a letter or digit",
                               kPlainNameBytesMax),
          .read = [=](std::string_view text) -> std::optional<std::string> {
            const bool fits = !text.empty() && text.size() <= kPlainNameBytesMax &&
                              is_plain(text.front()) &&
                              std::ranges::all_of(text, [=](char c) {
                                return is_plain(c) || c == '-' || c == '_' || c == '.';
                              });
            return fits ? std::optional(std::string(text)) : std::nullopt;
          },
          .show = [](const std::string& value) { return value; }};
}

ValueKind<std::string> paths() {
  constexpr std::size_t kPathBytesMax = 4095;  // of Linux
  return {.takes = fmt::format("a path of at most {} bytes", kPathBytesMax),
          .read = [=](std::string_view text) -> std::optional<std::string> {
            if (text.size() > kPathBytesMax || text.find('\0') != text.npos) return {};
            return std::string(text);
          },
          .show = [](const std::string& value) { return value; }};
}

ValueKind<std::optional<Address>> addresses() {
  using Maybe = std::optional<Address>;
  return {.takes =
              "an address like 127.0.0.1:8080, node1:8080 or [::1]:8080, or \"\" for "
              "none; port 0 is one that is free",
          .read = [](std::string_view text) -> std::optional<Maybe> {
            if (text.empty()) return Maybe{};
            const auto address = parse_address(text);
            return address ? std::optional<Maybe>(address) : std::nullopt;
          },
          .show = [](const Maybe& value) { return value ? address_text(*value) : ""; }};
}

ValueKind<std::vector<Address>> address_lists() {
  return {
      .takes = fmt::format("at most {} different addresses like node1:9000, with commas "
                           "between; in a file a list",
                           kMembersMax),
      .read = read_list,
      .show =
          [](const std::vector<Address>& value) {
            std::string text;
            for (const Address& one : value) {
              text += (text.empty() ? "" : ",") + address_text(one);
            }
            return text;
          },
      .is_list = true};
}

ValueKind<std::optional<std::uint64_t>> numbers_or(std::string word, std::uint64_t min,
                                                   std::uint64_t max) {
  using Maybe = std::optional<std::uint64_t>;
  return {.takes = fmt::format("whole numbers from {} to {}, or {}", min, max, word),
          .read = [=](std::string_view text) -> std::optional<Maybe> {
            if (text == word) return Maybe{};
            const Maybe number = within(whole_number(text), min, max);
            return number ? std::optional<Maybe>(number) : std::nullopt;
          },
          .show =
              [word](const Maybe& value) {
                return value ? fmt::format("{}", *value) : word;
              }};
}

}  // namespace kv
