#include "common/hash/functions.hpp"

#include <array>
#include <memory>

#include <openssl/evp.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "common/base/check.hpp"

namespace kv {

std::uint64_t xxh3(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

std::uint64_t xxh64(std::string_view bytes) {
  return XXH64(bytes.data(), bytes.size(), 0);
}

namespace {

// No library in Debian carries FNV-1a; the function is its own two-line definition.
template <class Word>
Word fnv1a(std::string_view bytes, Word offset_basis, Word prime) {
  Word hash = offset_basis;
  for (const char byte : bytes) {
    hash ^= static_cast<unsigned char>(byte);
    hash *= prime;
  }
  return hash;
}

}  // namespace

std::uint32_t fnv1a32(std::string_view bytes) {
  return fnv1a<std::uint32_t>(bytes, 0x811C9DC5, 0x01000193);
}

std::uint64_t fnv1a64(std::string_view bytes) {
  return fnv1a<std::uint64_t>(bytes, 0xCBF29CE484222325, 0x00000100000001B3);
}

namespace {

using DigestAlgorithm = std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// Looking the algorithm up costs OpenSSL 3 more than hashing a key with it: once.
const EVP_MD* md5_algorithm() {
  static const DigestAlgorithm algorithm(EVP_MD_fetch(nullptr, "MD5", nullptr),
                                         &EVP_MD_free);
  KV_CHECK(algorithm != nullptr, "OpenSSL has no MD5 here; choose another --hash");
  return algorithm.get();
}

EVP_MD_CTX* context_of_this_thread() {
  thread_local const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  KV_CHECK(context != nullptr, "OpenSSL could not allocate a digest context");
  return context.get();
}

}  // namespace

std::uint64_t md5_prefix(std::string_view bytes) {
  EVP_MD_CTX* const context = context_of_this_thread();
  std::array<unsigned char, 16> digest{};
  const bool done = EVP_DigestInit_ex2(context, md5_algorithm(), nullptr) == 1 &&
                    EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1;
  KV_CHECK(done, "OpenSSL could not compute MD5");
  std::uint64_t prefix = 0;
  for (unsigned i = 0; i < 8; ++i) prefix |= std::uint64_t{digest[i]} << (8 * i);
  return prefix;
}

}  // namespace kv
