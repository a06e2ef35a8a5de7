// CRC32C (Castagnoli), the checksum of everything that is stored or sent.
//
// Why       it finds every error burst up to 32 bits and all odd numbers of flipped bits,
//           and processors compute it.
// Left out  defence: whoever can change the bytes can change the sum.
// Source    RFC 3720, appendix B.4, has the polynomial and test vectors.
#pragma once

#include <cstdint>
#include <string_view>

namespace kv {

// The checksum of `bytes`; or, where `before` is the checksum of what came before them, of
// both together. Any thread may call.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

// The same from a table, for machines without the instruction; and for tests.
[[nodiscard]] std::uint32_t crc32c_portable(std::string_view bytes,
                                            std::uint32_t before = 0);

}  // namespace kv
