// The cluster's secret: how a node shows that it knows it without saying it.
//
// Source    HMAC: RFC 2104; with SHA-256: RFC 4231 has test vectors.
// Breaks if  two sums are compared byte by byte until one differs: how long that took tells a
//            stranger how much of a guess was right.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace kv {

inline constexpr std::size_t kProofBytes = 32;

// HMAC-SHA-256 of `text`.
[[nodiscard]] std::string keyed_sum(std::string_view secret, std::string_view text);

// Compares in a time that says nothing of the bytes.
[[nodiscard]] bool same_bytes(std::string_view left, std::string_view right);

}  // namespace kv
