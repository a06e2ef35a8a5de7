// A key's state, as the storage engine holds it.
//
// Idea      what most registers are, one version and nothing else, is stored as what it is:
//           a value, or a tombstone, whose version is in the record's head. So the log of a
//           node reads like any other, and a put needs no old value. All else (siblings, a
//           register that remembers requests) is stored as the bytes of its state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/storage/compression.hpp"
#include "v4_replicated_kv/storage/engine.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

// What the cluster has agreed on for all replicas of a key.
struct StateRules {
  Policy policy = Policy::last_write_wins;
  std::uint64_t digest_seed = 0;
};

// The value that was read for a key from its file, for what could not go on without it.
struct FetchedValue {
  std::uint64_t seq = 0;  // of the record
  std::string bytes;
};

struct StoredState {
  KeyState state;            // without values, if only the head was asked for
  std::uint64_t seq = 0;     // durable once the log is, up to here; 0: nothing is held
  std::uint64_t digest = 0;  // of the whole state; 0: nothing is held
  std::optional<ColdValue> cold;  // read this first: then nothing else is set but seq
};

enum class Part : std::uint8_t {
  head,  // versions, and values where they come for free
  whole,
};

// The newest version there is: what a record's head says of a whole state.
[[nodiscard]] Timestamp newest(const KeyState& state);

// What the engine holds of the key; an empty state for a key that it does not know. Errors
// as of Engine::find; and Errc::corrupt where stored bytes are no state.
[[nodiscard]] Result<StoredState> load_state(Engine& engine, const StateRules& rules,
                                             KeyHash hash, std::string_view key,
                                             Part part, const FetchedValue* fetched);

// How many bytes of values it holds of the key, if that is known without copying them.
[[nodiscard]] std::size_t bytes_in_memory(const IndexEntry* entry);

// Gives the key this state, and returns its digest's record: seq and digest. Errors as of
// Engine::write; then nothing changed.
struct Written {
  std::uint64_t seq = 0;
  std::uint64_t digest = 0;
};
[[nodiscard]] Result<Written> store_state(Engine& engine, const StateRules& rules,
                                          const Compression& compression, KeyHash hash,
                                          std::string_view key, const KeyState& state);

}  // namespace kv
