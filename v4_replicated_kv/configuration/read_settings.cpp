#include "v4_replicated_kv/configuration/read_settings.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "common/base/closest_word.hpp"
#include "common/base/text.hpp"
#include "v4_replicated_kv/configuration/fitting.hpp"
#include "v4_replicated_kv/configuration/given.hpp"
#include "v4_replicated_kv/configuration/keys.hpp"
#include "v4_replicated_kv/configuration/yaml_file.hpp"

namespace kv {

namespace {

struct Typed {
  std::string config;  // the file; empty: none
  std::vector<Given> given;
  bool wants_help = false;
};

std::unexpected<Error> refuse(std::string_view flag, std::string_view why) {
  return fail(Errc::bad_usage, fmt::format("{}: {}", printable(flag), why));
}

// The name of the key of a flag, known or not; empty for what is no flag of a key.
std::string key_of(std::string_view flag) {
  const auto key = std::ranges::find_if(
      all_keys(), [&](const Key& one) { return one.short_form == flag; });
  if (key != all_keys().end()) return std::string(key->name);
  const bool is_key = flag.starts_with("--") && flag.find('.') != std::string_view::npos;
  return is_key ? std::string(flag.substr(2)) : "";
}

std::string why_no_flag(std::string_view flag) {
  std::vector<std::string> names{"--config", "--help"};
  for (const Key& key : all_keys()) {
    if (!key.short_form.empty()) names.emplace_back(key.short_form);
    names.push_back(fmt::format("--{}", key.name));
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view meant = closest_word(flag, views);
  return meant.empty() ? "is not a flag (see --help)"
                       : fmt::format("is not a flag; did you mean {}?", meant);
}

Result<Typed> read_words(std::span<const std::string_view> words) {
  Typed typed;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const auto equals = word.find('=');
    const std::string_view flag = word.substr(0, equals);
    if (flag == "--help" && equals == std::string_view::npos) {
      typed.wants_help = true;
      continue;
    }
    const std::string key = key_of(flag);
    if (key.empty() && flag != "--config") return refuse(flag, why_no_flag(flag));
    if (!key.empty() && key_named(key) == nullptr) return refuse(flag, why_no_key(key));
    std::string_view value;
    if (equals != std::string_view::npos) {
      value = word.substr(equals + 1);
    } else if (i + 1 < words.size() && !words[i + 1].starts_with("--")) {
      value = words[++i];
    } else {
      return refuse(flag, "needs a value (see --help)");
    }
    if (!key.empty()) {
      typed.given.push_back(
          {.key = key, .text = std::string(value), .place = std::string(flag)});
      continue;
    }
    if (value.empty()) return refuse(flag, "needs the name of a file");
    if (!typed.config.empty()) return refuse(flag, "is given twice; takes one file");
    typed.config = value;
  }
  return typed;
}

}  // namespace

Result<std::optional<Settings>> read_settings(std::span<const std::string_view> words,
                                              Role role) {
  auto typed = read_words(words);
  if (!typed) return std::unexpected(typed.error());
  if (typed->wants_help) return std::optional<Settings>{};
  Settings settings = defaults_of(role);
  std::vector<Given> all;
  if (!typed->config.empty()) {
    const auto text = read_configuration_file(typed->config);
    if (!text) return std::unexpected(text.error());
    auto given = read_yaml(*text, typed->config);
    if (!given) return std::unexpected(given.error());
    if (auto done = apply(*given, Errc::bad_input, settings); !done) {
      return std::unexpected(done.error());
    }
    all = *std::move(given);
  }
  if (auto done = apply(typed->given, Errc::bad_usage, settings); !done) {
    return std::unexpected(done.error());
  }
  all.insert(all.end(), typed->given.begin(), typed->given.end());
  const auto misfit = misfit_of(settings, role);
  if (!misfit) return settings;
  // The last that gave the key is what counts.
  const auto place =
      std::ranges::find(all.rbegin(), all.rend(), misfit->key, &Given::key);
  return fail(Errc::bad_usage,
              fmt::format("{}: {}", place == all.rend() ? misfit->key : place->place,
                          misfit->why));
}

}  // namespace kv
