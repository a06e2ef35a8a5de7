#include "common/command_line/words.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "common/base/closest_word.hpp"
#include "common/base/whole_number.hpp"
#include "common/command_line/refuse_word.hpp"

namespace kv {

namespace {

std::unexpected<Error> refuse_unknown(std::string_view word, std::string_view command,
                                      std::span<const Flag> flags) {
  std::vector<std::string_view> names;
  for (const Flag& flag : flags) names.push_back(flag.name);
  const std::string_view closest = closest_word(word, names);
  return refuse_word(
      word, closest.empty()
                ? fmt::format("is not a flag of {} (see --help); a plain word that "
                              "begins with - stands behind --",
                              command)
                : fmt::format("is not a flag of {}; did you mean {}?", command, closest));
}

}  // namespace

Result<CommandWords> CommandWords::read(std::string_view command,
                                        std::span<const char* const> words,
                                        std::span<const Flag> flags) {
  const auto find = [&](std::string_view name) {
    return std::ranges::find(flags, name, &Flag::name);
  };
  CommandWords read;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--") {
      read.plain_.insert(read.plain_.end(),
                         words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      break;
    }
    if (word == "-" || !word.starts_with('-')) {
      read.plain_.emplace_back(word);
      continue;
    }
    const auto equals = word.find('=');
    const bool is_joined = equals != std::string_view::npos;
    const std::string_view name = word.substr(0, equals);
    const auto flag = find(name);
    if (flag == flags.end()) return refuse_unknown(name, command, flags);
    if (read.has(name)) return refuse_word(name, "is given twice");
    if (!flag->has_value && is_joined) return refuse_word(name, "takes no value");
    std::string_view value;
    if (is_joined) {
      value = word.substr(equals + 1);
    } else if (flag->has_value && i + 1 < words.size() &&
               find(words[i + 1]) == flags.end()) {
      value = words[++i];
    }
    if (flag->has_value && value.empty()) return refuse_word(name, "needs a value");
    read.flags_.emplace(name, value);
  }
  return read;
}

std::optional<std::string> CommandWords::text(std::string_view flag) const {
  const auto found = flags_.find(flag);
  if (found == flags_.end()) return std::nullopt;
  return found->second;
}

Result<std::string> CommandWords::one_of(std::string_view flag,
                                         std::span<const std::string_view> words,
                                         std::string_view usual) const {
  const auto typed = text(flag);
  if (!typed) return std::string(usual);
  if (std::ranges::find(words, *typed) != words.end()) return *typed;
  return refuse_word(fmt::format("{} {}", flag, *typed),
                     fmt::format("takes one of {}", fmt::join(words, ", ")));
}

Result<std::optional<std::uint64_t>> CommandWords::number(std::string_view flag,
                                                          std::uint64_t min,
                                                          std::uint64_t max) const {
  const auto typed = text(flag);
  if (!typed) return std::nullopt;
  const auto value = whole_number(*typed);
  if (value && *value >= min && *value <= max) return value;
  return refuse_word(fmt::format("{} {}", flag, *typed),
                     fmt::format("takes whole numbers from {} to {}", min, max));
}

}  // namespace kv
