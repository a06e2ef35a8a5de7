#include "v4_replicated_kv/storage/compression.hpp"

#include <zstd.h>

#include "v4_replicated_kv/storage/record.hpp"

namespace kv {

namespace {

// The library's fastest that is not its worst: about 500 MB/s.
constexpr int kLevel = 1;

}  // namespace

StoredValue compress(std::string_view value, const Compression& how) {
  StoredValue stored;
  if (!how.on || value.size() < how.bytes_min) return stored;
  stored.frame.resize(ZSTD_compressBound(value.size()));
  const std::size_t bytes = ZSTD_compress(stored.frame.data(), stored.frame.size(),
                                          value.data(), value.size(), kLevel);
  stored.compressed = ZSTD_isError(bytes) == 0 && bytes < value.size();
  stored.frame.resize(stored.compressed ? bytes : 0);
  return stored;
}

Result<std::string> decompress(std::string_view frame) {
  const auto damaged = [] {
    return fail(Errc::corrupt, "a compressed value is damaged");
  };
  const unsigned long long announced =
      ZSTD_getFrameContentSize(frame.data(), frame.size());
  if (announced == ZSTD_CONTENTSIZE_UNKNOWN || announced == ZSTD_CONTENTSIZE_ERROR ||
      announced > kStateBytesMax) {
    return damaged();
  }
  std::string value(announced, '\0');
  const std::size_t bytes =
      ZSTD_decompress(value.data(), value.size(), frame.data(), frame.size());
  if (ZSTD_isError(bytes) != 0 || bytes != announced) return damaged();
  return value;
}

}  // namespace kv
