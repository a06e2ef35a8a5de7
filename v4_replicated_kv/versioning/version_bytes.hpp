// A version as bytes: part of stored states, and of what nodes send to each other.
//
//   0       8     16        24       32        40     41       45
//   +-------+-----+---------+--------+---------+------+--------+-------
//   | actor | seq | counter | expiry | request | kind | length | value
//   +-------+-----+---------+--------+---------+------+--------+-------
//
// Little-endian. One version has one spelling.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/base/bytes.hpp"
#include "v4_replicated_kv/versioning/version.hpp"

namespace kv {

inline constexpr std::size_t kVersionBytesMin = 5 * 8 + 1 + 4;

void append_timestamp(std::string& out, const Timestamp& at);
void append_version(std::string& out, const Version& version);

// The next one; nothing if that is not what follows, or if no version can be like that.
// A length is compared with what is left before anything is allocated for it.
[[nodiscard]] std::optional<Timestamp> read_timestamp(ByteReader& reader);
[[nodiscard]] std::optional<Version> read_version(ByteReader& reader);

// Whether there can be such a version: a value within its limit; bare, if it is none.
[[nodiscard]] bool is_sound(const Version& version);

}  // namespace kv
