// From bytes to hashes: a hash chosen by name and seed, and any callable as one.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "common/hash/finalise.hpp"

namespace kv {

// What a ring needs of a hash: anything that can be called with bytes and answers 32 or
// 64 unsigned bits. A lambda will do.
template <class H>
concept HashFunction =
    std::copy_constructible<H> && requires(const H& hash, std::string_view bytes) {
      { hash(bytes) } -> std::unsigned_integral;
      requires sizeof(hash(bytes)) == 4 || sizeof(hash(bytes)) == 8;
    };

// The 64-bit hash of a key. A 32-bit hash is finalised to 64 bits first, or the upper
// half of the ring would stay empty.
template <HashFunction Hash>
[[nodiscard]] KeyHash hash_key(const Hash& hash, std::string_view key) {
  const auto bits = hash(key);
  if constexpr (sizeof(bits) == 4) return KeyHash{finalise(bits)};
  return KeyHash{bits};
}

// Where a hash lies on the ring: its top 48 bits.
[[nodiscard]] constexpr Token position(KeyHash hash) {
  return Token{hash.raw() >> 16};
}

// Where a node's i-th token lies: the position of the finalised hash of `<name>#<i>`.
template <HashFunction Hash>
[[nodiscard]] Token label_token(const Hash& hash, std::string_view name,
                                std::uint64_t i) {
  std::string label(name);
  label += '#';
  label += std::to_string(i);
  return position(KeyHash{finalise(hash_key(hash, label).raw())});
}

// A published hash under a seed. Copies are cheap and share nothing; any thread may call.
class Hasher {
 public:
  using Function = std::uint64_t (*)(std::string_view);

  // Seed 0 is the plain published hash; any other seed gives another, unrelated one.
  explicit Hasher(Function function, std::uint64_t seed = 0)
      : function_(function), seed_(seed), mask_(finalise(seed)) {}

  [[nodiscard]] std::uint64_t operator()(std::string_view bytes) const {
    const std::uint64_t plain = function_(bytes);
    return seed_ == 0 ? plain : finalise(plain ^ mask_);
  }

  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] Hasher reseeded(std::uint64_t seed) const {
    return Hasher(function_, seed);
  }

 private:
  Function function_;
  std::uint64_t seed_;
  std::uint64_t mask_;
};

// The names that `hasher_named` takes, for help texts and messages.
inline constexpr std::string_view kHashNames = "xxh3, xxh64, fnv1a32, fnv1a64, md5";

// The hash called `name` under `seed`; bad_usage for a name that is not in kHashNames.
[[nodiscard]] Result<Hasher> hasher_named(std::string_view name, std::uint64_t seed);

}  // namespace kv
