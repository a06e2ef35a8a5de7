#include "common/command_line/values.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/base/whole_number.hpp"

namespace kv {

namespace {

std::unexpected<Error> refuse(std::string_view flag, std::string_view text,
                              std::string_view takes) {
  return fail(Errc::bad_usage, fmt::format("{} {}: {}", flag, printable(text), takes));
}

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// A plain decimal number: digits with at most one point. No sign, exponent, inf or nan.
std::optional<double> decimal(std::string_view text) {
  const bool plain = std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (!plain || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// Where a value stands on the command line, for messages: the flag and all its text.
struct Place {
  std::string_view flag;
  std::string_view text;
};

Result<double> parse_weight(Place place, std::string_view text) {
  const auto weight = decimal(text);
  if (!weight || !(*weight > 0) || *weight > kTypedWeightMax) {
    return refuse(
        place.flag, place.text,
        fmt::format("a weight is a number above 0, at most {}", kTypedWeightMax));
  }
  return *weight;
}

// Names are printed on terminals and pages, so they hold nothing that acts there.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kTypedNameBytesMax && one_line(text) == text &&
         text.find_first_of(" ,:") == std::string_view::npos && !text.starts_with('-');
}

// The largest value that a person may predict: no more keys move than there are.
double highest(Quantity quantity) {
  return quantity == Quantity::moved || quantity == Quantity::sideways ? 1 : 1e9;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// `text` is NAME or NAME:WEIGHT.
Result<Node> parse_node(Place place, std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  if (!is_name(name)) {
    return refuse(
        place.flag, place.text,
        fmt::format("a node's name is 1 to {} bytes of UTF-8 without blanks, commas "
                    "and colons",
                    kTypedNameBytesMax));
  }
  Node node{.id = {}, .name = std::string(name), .weight = 1};
  if (colon != text.npos) {
    const auto weight = parse_weight(place, text.substr(colon + 1));
    if (!weight) return std::unexpected(weight.error());
    node.weight = *weight;
  }
  return node;
}

}  // namespace

Result<std::uint64_t> parse_whole(std::string_view flag, std::string_view text,
                                  std::uint64_t low, std::uint64_t high) {
  const auto value = whole_number(text);
  if (!value || *value < low || *value > high) {
    return refuse(flag, text,
                  fmt::format("takes a whole number from {} to {}", low, high));
  }
  return *value;
}

Result<KeySource> parse_keys(std::string_view text) {
  KeySource source;
  if (text == "-") {
    source.kind = KeySource::Kind::standard_input;
    return source;
  }
  if (all_digits(text)) {
    const auto count = parse_whole("--keys", text, 1, kKeysMax);
    if (!count) return std::unexpected(count.error());
    source.count = *count;
    return source;
  }
  if (text.empty()) return refuse("--keys", text, "takes a number, a file or -");
  source.kind = KeySource::Kind::file;
  source.path = text;
  return source;
}

Result<std::vector<Node>> parse_nodes(std::string_view text) {
  std::vector<Node> nodes;
  if (all_digits(text)) {
    const auto count = parse_whole("--nodes", text, 1, kNodesMax);
    if (!count) return std::unexpected(count.error());
    for (std::uint64_t i = 1; i <= *count; ++i) {
      nodes.push_back({.id = {}, .name = fmt::format("node_{}", i), .weight = 1});
    }
    return nodes;
  }
  std::set<std::string> seen;
  for (const std::string_view part : split(text, ',')) {
    auto node = parse_node({"--nodes", text}, part);
    if (!node) return std::unexpected(node.error());
    if (!seen.insert(node->name).second) {
      return refuse(
          "--nodes", text,
          fmt::format("{} is listed twice; every node needs its own name", node->name));
    }
    nodes.push_back(std::move(*node));
    if (nodes.size() > kNodesMax) {
      return refuse("--nodes", text, fmt::format("takes at most {} nodes", kNodesMax));
    }
  }
  return nodes;
}

Result<Step> parse_step(std::string_view text) {
  constexpr std::string_view kTakes =
      "takes add:NAME, remove:NAME or none; with virtual nodes, which have weights, also "
      "add:NAME:WEIGHT and weight:NAME:W; with copies, down:NAME and up:NAME";
  const auto colon = text.find(':');
  if (colon == text.npos) return refuse("--step", text, kTakes);
  const auto verb = text.substr(0, colon);
  auto node = parse_node({"--step", text}, text.substr(colon + 1));
  const bool weighs = std::ranges::count(text, ':') == 2;
  Step step;
  if (verb == "add") {
    step.action = Action::add;
  } else if (verb == "remove" && !weighs) {
    step.action = Action::remove;
  } else if (verb == "down" && !weighs) {
    step.action = Action::down;
  } else if (verb == "up" && !weighs) {
    step.action = Action::up;
  } else if (verb == "weight" && weighs) {
    step.action = Action::weight;
  } else {
    return refuse("--step", text, kTakes);
  }
  if (!node) return std::unexpected(node.error());
  step.node = std::move(node->name);
  step.weight = node->weight;
  return step;
}

Result<Guess> parse_guess(std::string_view text) {
  const auto equals = text.find('=');
  const auto quantity = quantity_named(text.substr(0, equals));
  if (!quantity || equals == text.npos) {
    return refuse("--predict", text,
                  fmt::format("takes NAME=VALUE, NAME one of {}", kQuantityNames));
  }
  auto number = text.substr(equals + 1);
  const bool percent = number.ends_with('%');
  if (percent) number.remove_suffix(1);
  const auto value = decimal(number);
  const double scaled = value.value_or(-1) / (percent ? 100 : 1);
  if (!value || (percent && !is_share(*quantity)) || scaled > highest(*quantity)) {
    return refuse(
        "--predict", text,
        fmt::format("the value is a number from 0 to {:g}{}", highest(*quantity),
                    is_share(*quantity) ? ", or in per cent, as 9%" : ""));
  }
  return Guess{.quantity = *quantity, .value = scaled};
}

}  // namespace kv
