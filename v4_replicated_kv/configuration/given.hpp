// A key and the word that somebody gave for it, with the place where it stands.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"

namespace kv {

struct Given {
  std::string key;   // "cluster.n"
  std::string text;  // a list with commas between
  std::string
      place;  // what errors begin with: "node.yaml:3: cluster.n", or "--cluster.n"
  bool is_list = false;
};

// Puts what was given into the settings, in its order. An error names the place: a key
// that nobody knows or that comes twice, a value that the key does not take. `code` says
// who is to blame: bad_usage who typed a flag, bad_input who wrote a file.
[[nodiscard]] Result<void> apply(std::span<const Given> given, Errc code,
                                 Settings& settings);

}  // namespace kv
