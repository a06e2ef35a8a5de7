// What comes behind the question mark.
//
// Breaks if  a parameter that nobody knows is skipped: "?tll_s=60" would store for ever, and
//            "?consistancy=all" would be acknowledged by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "v4_replicated_kv/api/http/refusal.hpp"
#include "v4_replicated_kv/replication/quorum.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv::http {

// The longest time that a client may ask to wait for.
inline constexpr std::uint64_t kTimeoutMsMax = 600'000;

struct Parameters {
  std::optional<std::size_t> r{};
  std::optional<std::size_t> w{};
  std::optional<Level> level{};
  Tick patience{};           // 0: not said
  std::uint64_t ttl_ms = 0;  // 0: for ever
  std::optional<std::string> context{};
  std::optional<std::string> key{};
  std::optional<std::string> prefix{};
  std::optional<std::string> cursor{};
  std::optional<std::size_t> limit{};
};

// Every parameter at most once, and only these. 400 for what is no value of it; whether there
// are so many copies to wait for is not decided here.
[[nodiscard]] OrRefused<Parameters> read_parameters(
    std::string_view query, std::initializer_list<std::string_view> known);

// A level by its name. 400, with a sentence, for one that is not there (yet).
[[nodiscard]] OrRefused<Level> level_named(std::string_view name);

// A time to live in seconds, as milliseconds. 400 unless it is 1 to a hundred years.
[[nodiscard]] OrRefused<std::uint64_t> ttl_ms_of(std::uint64_t seconds);

}  // namespace kv::http
