#include "v4_replicated_kv/bench/record.hpp"

#include <array>

#include "common/base/check.hpp"
#include "common/hash/crc32c.hpp"

namespace kv::bench {

namespace {

constexpr std::size_t kSumBytes = 8;
constexpr std::size_t kLettersMore = std::size_t{1} << 16;
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::array<char, kSumBytes> hex_of(std::uint32_t sum) {
  std::array<char, kSumBytes> hex{};
  for (std::size_t i = 0; i < kSumBytes; ++i) {
    hex[kSumBytes - 1 - i] = "0123456789abcdef"[(sum >> (4 * i)) & 0xF];
  }
  return hex;
}

}  // namespace

void write_key(std::string& key, std::uint64_t number) {
  key.assign("user000000000000");
  for (std::size_t at = kKeyBytes; number > 0; number /= 10) {
    KV_CHECK(at > 4, "a key's number has at most twelve digits");
    key[--at] = static_cast<char>('0' + number % 10);
  }
}

ValueMaker::ValueMaker(std::size_t bytes, std::uint64_t seed)
    : bytes_(bytes), rng_(seed) {
  KV_CHECK(bytes >= kValueBytesLeast, "a value has room for its key and its sum");
  letters_.resize(bytes - kValueBytesLeast + kLettersMore);
  for (char& letter : letters_) letter = kAlphabet[rng_.below(kAlphabet.size())];
}

void ValueMaker::write(std::string& value, std::string_view key) {
  const std::size_t more = bytes_ - kSumBytes - key.size();
  value.assign(kSumBytes, '0');
  value.append(key);
  value.append(letters_, rng_.below(kLettersMore), more);
  const auto hex = hex_of(crc32c(std::string_view(value).substr(kSumBytes)));
  value.replace(0, kSumBytes, hex.data(), kSumBytes);
}

bool is_value_of(std::string_view key, std::string_view value) {
  if (value.size() < kSumBytes || !value.substr(kSumBytes).starts_with(key)) return false;
  const auto hex = hex_of(crc32c(value.substr(kSumBytes)));
  return value.substr(0, kSumBytes) == std::string_view(hex.data(), hex.size());
}

}  // namespace kv::bench
