// The bank's run: a scenario played with each way to move records, checked to the cent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/command_line/options.hpp"
#include "common/progress.hpp"
#include "v3_virtual_nodes/bank/customers.hpp"
#include "v3_virtual_nodes/bank/rush_hour.hpp"

namespace kv::bank {

struct DatabaseState {
  std::string name;
  double weight = 1;
  std::uint64_t records = 0;
  double share = 0;  // of all records
  Cents money{};
  friend bool operator==(const DatabaseState&, const DatabaseState&) = default;
};

// The records that a step moved, beside what the ring's theory predicts; as shares.
struct Moved {
  std::uint64_t records = 0;
  double share = 0;
  double predicted_share = 0;
  double tolerance = 0;
  [[nodiscard]] bool agrees() const {
    return share >= predicted_share - tolerance && share <= predicted_share + tolerance;
  }
  friend bool operator==(const Moved&, const Moved&) = default;
};

// The bank after a step, when all threads are done and all records have moved.
struct StepState {
  Action action = Action::initial;
  std::string changed = {};  // the database; empty at first
  std::vector<DatabaseState> databases = {};
  std::optional<Moved> moved = {};
  Work work = {};
  friend bool operator==(const StepState& a, const StepState& b) {
    return a.databases == b.databases && a.moved == b.moved;
  }
};

// One way to move records, on the same customers and the same operations.
struct WayState {
  Rebalance way = Rebalance::at_once;
  std::uint64_t moved = 0;
  std::uint64_t checked = 0;  // records found once, at home, to the cent
  std::uint64_t audits = 0;   // taken while threads worked, all to the cent
  Cents after{};
  Timing timing;
};

struct BankRun {
  std::string hash;
  std::uint64_t seed = 0;
  std::string source;
  std::uint64_t records = 0;
  std::uint64_t skipped = 0;
  std::uint64_t vnodes = 0;
  BankOptions options;
  std::vector<StepState> steps = {};  // the initial state first; the same for every way
  std::vector<WayState> ways = {};
  Cents before{};
  Work work = {};  // of all steps
};

// Plays `options` with `customers`. That a record is lost, elsewhere or wrong by a cent, or
// that two ways end differently, is a broken promise and stops the program.
[[nodiscard]] kv::Result<BankRun> play(const Options& options, const Customers& customers,
                                       Progress& progress);

}  // namespace kv::bank
