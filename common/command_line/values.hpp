// The grammar of flag values: numbers, node lists, steps, guesses.
//
// Each function takes the text behind a flag and answers the value, or bad_usage with a
// sentence that begins with the flag and the text. None accepts what it does not
// understand in full: no sign, blank or trailing letter slips through.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/experiment/run.hpp"
#include "common/experiment/scenario.hpp"
#include "common/keys/key_source.hpp"

namespace kv {

inline constexpr std::uint64_t kTrialsMax = 100'000;
inline constexpr std::uint64_t kVnodesMax = 1'000'000;
inline constexpr std::uint64_t kReplicasMax = 16;
inline constexpr std::uint64_t kThreadsMax = 64;
inline constexpr std::uint64_t kOperationsMax = 10'000'000;
inline constexpr double kTypedWeightMax = 1'000'000;
inline constexpr std::size_t kTypedNameBytesMax = 64;

// A whole number from `low` to `high`, in decimal digits.
[[nodiscard]] Result<std::uint64_t> parse_whole(std::string_view flag,
                                                std::string_view text, std::uint64_t low,
                                                std::uint64_t high);

// N, FILE or -.
[[nodiscard]] Result<KeySource> parse_keys(std::string_view text);

// N (node_1 to node_N) or a,b:2,c with weights. Ids are not set yet.
[[nodiscard]] Result<std::vector<Node>> parse_nodes(std::string_view text);

// add:NAME[:WEIGHT], remove:NAME, weight:NAME:W, down:NAME or up:NAME.
[[nodiscard]] Result<Step> parse_step(std::string_view text);

// NAME=VALUE, the value as 0.09 or 9%.
[[nodiscard]] Result<Guess> parse_guess(std::string_view text);

}  // namespace kv
