#include "v4_replicated_kv/configuration/given.hpp"

#include <map>
#include <string_view>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/configuration/keys.hpp"

namespace kv {

Result<void> apply(std::span<const Given> given, Errc code, Settings& settings) {
  std::map<std::string_view, std::string_view> places;
  for (const Given& one : given) {
    const auto refuse = [&](std::string_view why) {
      return fail(code, fmt::format("{}: {}", one.place, why));
    };
    const Key* const key = key_named(one.key);
    if (key == nullptr) return refuse(why_no_key(one.key));
    const auto [first, is_new] = places.try_emplace(key->name, one.place);
    if (!is_new) return refuse(fmt::format("is given twice; first: {}", first->second));
    if (one.is_list && !key->is_list) return refuse("takes one value, not a list");
    if (!key->set(settings, one.text)) {
      return refuse(fmt::format("{}: takes {}", printable(one.text), key->takes));
    }
  }
  return {};
}

}  // namespace kv
