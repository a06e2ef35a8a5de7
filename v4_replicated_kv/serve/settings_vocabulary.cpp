#include "v4_replicated_kv/serve/settings_vocabulary.hpp"

#include <utility>

#include "v4_replicated_kv/configuration/keys.hpp"

namespace kv {

Vocabulary settings_vocabulary(std::string command) {
  Vocabulary words{.program = "v4_replicated_kv", .command = std::move(command)};
  for (const Key& key : all_keys()) {
    if (!key.short_form.empty()) {
      words.flags.push_back({.name = std::string(key.short_form), .values = key.words});
    }
    words.flags.push_back({.name = "--" + std::string(key.name), .values = key.words});
  }
  words.flags.push_back({.name = "--config"});
  words.flags.push_back({.name = "--help", .has_value = false});
  return words;
}

}  // namespace kv
