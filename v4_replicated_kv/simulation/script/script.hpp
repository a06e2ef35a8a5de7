// A scenario as a list of lines: a cluster, what is done to it, and what is expected.
//
//   cluster nodes=3 r=2 w=2
//   partition n3
//   put n1 cart=apples
//   expect ok
//   expect n3 lacks cart
//
// Idea      a story that can be read aloud, and that the simulator plays the same way
//           each time. What somebody expects of it is part of it, so it cannot go stale.
// Left out  loops, names for values, conditions: who needs those writes a test.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "v4_replicated_kv/simulation/action.hpp"
#include "v4_replicated_kv/simulation/world.hpp"

namespace kv {

// Time passes: so much, or until all requests are answered.
struct TimePasses {
  Tick span{};
};
struct Wait {};

// Everything is well again, as after all faults.
struct HealAll {};

// The end of a node's log is cut short, as by a power cut in the middle of a write.
struct TearLog {
  NodeId node;
};

// A bit flips where a value lies on a node's disk.
struct DamageValue {
  NodeId node;
  std::string value;
};

// What a client was told: the one that is named, or who asked last.
enum class AnswerKind : std::uint8_t { ok, refused, unknown, silence };

// The words for them, in their order; the last one is for `ok` without a value.
inline constexpr std::array<std::string_view, 5> kAnswerWords{"ok", "refused", "unknown",
                                                              "silence", "nothing"};

struct ExpectAnswer {
  std::string client{};
  AnswerKind answer = AnswerKind::ok;
  // Of a get: exactly these, in any order; none: that nothing is there.
  std::optional<std::vector<std::string>> values{};
};

// What a node holds of a key, in memory or on its disk; no values: nothing.
struct ExpectHeld {
  NodeId node;
  std::string key;
  std::vector<std::string> values;
};

// All is healed, and every promise of the store is held against what its clients were
// told.
struct ExpectPromises {};

using Statement = std::variant<WorldAction, TimePasses, Wait, HealAll, TearLog,
                               DamageValue, ExpectAnswer, ExpectHeld, ExpectPromises>;

struct ScriptLine {
  std::size_t number = 0;    // in the text, from 1
  std::optional<Tick> at{};  // not before that, from the script's beginning
  Statement statement;
};

struct Script {
  WorldRules world;
  std::uint64_t seed = 1;
  std::vector<ScriptLine> lines;
};

// What a script may be: more is a mistake, or would run for hours.
inline constexpr std::size_t kScriptBytesMax = std::size_t{1} << 18;
inline constexpr std::size_t kScriptLinesMax = 10'000;
inline constexpr std::size_t kScriptNodesMax = 16;
inline constexpr std::size_t kScriptWordBytesMax = 64;
inline constexpr Tick kScriptTimeMax{600'000'000};
inline constexpr std::uint64_t kScriptStepsMax = 500'000;  // its events and messages

// How a cluster is where its line says nothing: a millisecond for each way and each sync,
// so that a trace can be followed with a finger.
[[nodiscard]] WorldRules classroom_rules();

}  // namespace kv
