// One run of a simulated cluster, from one number: what it is, what its clients do, what
// goes wrong, and whether all promises were kept.
//
//   safety      clients work while things go wrong; nothing has to succeed
//   heal        all is well again; every node is to become whole
//   liveness    clients work once more; everything has to succeed
//   converge    every key is read from all owners, until they hold the same
//   checks      the history, and what is held at the end
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "v4_replicated_kv/simulation/aftermath.hpp"
#include "v4_replicated_kv/simulation/mistakes.hpp"
#include "v4_replicated_kv/simulation/trace.hpp"
#include "v4_replicated_kv/simulation/world.hpp"

namespace kv {

struct RunRules {
  std::uint64_t seed = 1;
  std::size_t operations = 200;
  Tick safety_max{2'000'000};  // the phase ends with its operations, or here
  Mistake mistake = Mistake::none;
  bool keeps_lines = false;
  bool keeps_actions = false;
};

// What was done to the cluster, and when; nothing: all was healed.
struct DoneAt {
  Tick at;
  std::optional<WorldAction> action;
};

struct RunReport {
  std::uint64_t seed = 0;
  std::uint64_t trace_hash = 0;
  std::size_t operations = 0, ok = 0, refused = 0, unknown = 0;
  std::uint64_t faults = 0;
  std::uint64_t messages = 0;
  std::optional<Broken> broken;
  std::vector<TraceLine> lines;  // if they were kept
  std::vector<DoneAt> actions;  // if they were kept, with what it takes to do them again:
  WorldRules world;
  std::uint64_t world_seed = 0;
};

[[nodiscard]] RunReport random_run(const RunRules& rules);

}  // namespace kv
