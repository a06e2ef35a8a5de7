// Many look-ups in one call, with wider registers where the machine has them.
//
// Why     the four comparisons of a look-up are one instruction of AVX2. It pays only where
//         the choice is made once for many keys: asked for each, it costs what it saves.
#include <array>
#include <cstddef>
#include <cstdint>

#include "common/ring/token_table.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace kv {

namespace {

bool machine_has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("popcnt") != 0;
#else
  return false;
#endif
}

}  // namespace

bool TokenTable::has_wide_find() {
  static const bool has = machine_has_avx2();
  return has;
}

void TokenTable::find(std::span<const KeyHash> keys, std::span<NodeId> owners) const {
  KV_CHECK(keys.size() == owners.size(), "every key gets an owner");
  if (has_wide_find()) {
    find_wide(keys, owners);
  } else {
    find_portable(keys, owners);
  }
}

void TokenTable::find_portable(std::span<const KeyHash> keys,
                               std::span<NodeId> owners) const {
  for (std::size_t i = 0; i < keys.size(); ++i) owners[i] = owner(keys[i]);
}

#if defined(__x86_64__)

// AVX2 compares signed numbers: with the top bit flipped, the order is that of unsigned.
[[gnu::target("avx2,popcnt")]] void TokenTable::find_wide(
    std::span<const KeyHash> keys, std::span<NodeId> owners) const {
  KV_CHECK(!index_.empty(), "a cluster without nodes owns nothing");
  static_assert(kSentinels == 4 && sizeof(PackedToken) == 8, "one register holds them");
  const __m256i top_bit = _mm256_set1_epi64x(INT64_MIN);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::uint64_t key = keys[i].raw();
    const PackedToken* const at = tokens_.data() + index_[key >> shift_];
    const __m256i four = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i wanted =
        _mm256_set1_epi64x(static_cast<long long>(key & ~std::uint64_t{0xFFFF}));
    const __m256i before = _mm256_cmpgt_epi64(_mm256_xor_si256(wanted, top_bit),
                                              _mm256_xor_si256(four, top_bit));
    const int mask = _mm256_movemask_pd(_mm256_castsi256_pd(before));
    auto steps =
        static_cast<std::size_t>(__builtin_popcount(static_cast<unsigned>(mask)));
    if (steps == kSentinels) [[unlikely]] {
      while (at[steps].is_before(keys[i])) ++steps;
    }
    owners[i] = at[steps].node();
  }
}

#else

void TokenTable::find_wide(std::span<const KeyHash> keys,
                           std::span<NodeId> owners) const {
  find_portable(keys, owners);
}

#endif

}  // namespace kv
