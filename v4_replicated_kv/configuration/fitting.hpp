// Whether settings fit each other: what no key can tell by itself.
#pragma once

#include <optional>
#include <string>

#include "v4_replicated_kv/configuration/settings.hpp"

namespace kv {

struct Misfit {
  std::string key;  // the one to change
  std::string why;
};

// The first that is found; nothing where all is well.
[[nodiscard]] std::optional<Misfit> misfit_of(const Settings& settings, Role role);

}  // namespace kv
