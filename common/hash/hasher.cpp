#include "common/hash/hasher.hpp"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "common/hash/functions.hpp"

namespace kv {

namespace {

constexpr std::array<std::pair<std::string_view, Hasher::Function>, 5> kHashes{{
    {"xxh3", &xxh3},
    {"xxh64", &xxh64},
    {"fnv1a32", [](std::string_view bytes) { return finalise(fnv1a32(bytes)); }},
    {"fnv1a64", &fnv1a64},
    {"md5", &md5_prefix},
}};

}  // namespace

Result<Hasher> hasher_named(std::string_view name, std::uint64_t seed) {
  for (const auto& [known, function] : kHashes) {
    if (known == name) return Hasher(function, seed);
  }
  return fail(Errc::bad_usage, fmt::format("takes one of {}", kHashNames));
}

}  // namespace kv
