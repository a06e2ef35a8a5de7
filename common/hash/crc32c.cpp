#include "common/hash/crc32c.hpp"

#include <array>
#include <cstddef>

#include "common/base/bytes.hpp"

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace kv {

namespace {

// The polynomial 0x1EDC6F41, with its bits in the order in which bytes are read.
constexpr std::uint32_t kPolynomial = 0x82F63B78;

// What a byte alone does to the sum.
constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) {
      sum = (sum & 1) == 0 ? sum >> 1 : (sum >> 1) ^ kPolynomial;
    }
    table[byte] = sum;
  }
  return table;
}

constexpr auto kTable = make_table();

#ifdef __x86_64__
// Eight bytes an instruction. Compiled for SSE4.2 whatever the rest is compiled for, and
// called only where the machine has it.
__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(std::string_view bytes,
                                                             std::uint32_t before) {
  std::uint64_t sum = ~before;
  while (bytes.size() >= 8) {
    sum = _mm_crc32_u64(sum, load_le<std::uint64_t>(bytes));
    bytes.remove_prefix(8);
  }
  for (const char byte : bytes) {
    sum = _mm_crc32_u8(static_cast<std::uint32_t>(sum), static_cast<unsigned char>(byte));
  }
  return ~static_cast<std::uint32_t>(sum);
}
#endif

}  // namespace

std::uint32_t crc32c_portable(std::string_view bytes, std::uint32_t before) {
  std::uint32_t sum = ~before;
  for (const char byte : bytes) {
    sum = (sum >> 8) ^ kTable[(sum ^ static_cast<unsigned char>(byte)) & 0xFF];
  }
  return ~sum;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
#ifdef __x86_64__
  static const bool has_sse42 = __builtin_cpu_supports("sse4.2") != 0;
  if (has_sse42) return crc32c_sse42(bytes, before);
#endif
  return crc32c_portable(bytes, before);
}

}  // namespace kv
