#include "v4_replicated_kv/wire/secret.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "common/base/check.hpp"

namespace kv {

std::string keyed_sum(std::string_view secret, std::string_view text) {
  std::array<unsigned char, kProofBytes> sum{};
  unsigned int bytes = 0;
  const auto* const data = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* const done =
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), data,
           text.size(), sum.data(), &bytes);
  KV_CHECK(done != nullptr && bytes == sum.size(), "SHA-256 is there and has 32 bytes");
  return {sum.begin(), sum.end()};
}

bool same_bytes(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace kv
