// The flags, their help, and the words that a person typed behind them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/experiment/algorithm.hpp"

namespace kv {

// What one program takes and says about itself.
struct Program {
  std::string_view name;
  std::string_view purpose;  // one line, for --help
  bool has_weights;
  bool has_vnodes;
  std::span<const Algorithm> (*algorithms)() = nullptr;  // to choose from, its own first
  bool surveys = false;                                  // has --algorithms
  bool has_bank = false;  // --dataset bank, which runs another program of the same name,
  bool is_bank = false;   // and this is that program
  bool has_replicas = false;  // --replicas
  bool has_failures = false;  // nodes go down and come up; by default the first one dies
  bool has_scenes = false;    // --scenes: a cluster at work, behind the statistics
  std::string_view command = {};  // what --help shows behind the name, after a blank
};

// The names of a program's algorithms: "ring, jump, ...".
[[nodiscard]] std::string algorithm_names(const Program& program);

// How many copies of a key there are where nothing is typed.
inline constexpr std::uint64_t kReplicasDefault = 3;

// The flags as typed, before anything is checked; what was not typed has its default.
struct Typed {
  std::string keys = "1000000";
  std::string algorithm;  // empty: the program's own
  std::string nodes = "4";
  std::vector<std::string> steps;  // empty: the default steps
  std::string hash = "xxh3";
  std::string seed = "0";
  std::string trials = "100";
  bool trials_given = false;
  std::string vnodes = "20000";
  std::string replicas;  // empty: kReplicasDefault, or as many as the nodes allow
  std::string format = "text";
  std::string report;   // empty: no page
  std::string predict;  // empty: no prediction
  std::string color = "auto";
  std::string scenes = "all";
  bool algorithms = false;
  std::string dataset;                // empty: keys
  std::string operations = "100000";  // of the bank, and the next two
  std::string threads = "8";
  std::string rebalance = "both";
  bool ascii = false;
  bool quiet = false;
  std::optional<std::string> answer;  // what --help or --version prints instead of a run
};

// What counts where nothing is typed.
[[nodiscard]] Typed defaults_of(const Program& program);

// Splits the command line into flags; bad_usage for one that `program` does not have, one
// without its value and one given twice.
[[nodiscard]] Result<Typed> read_flags(const Program& program, int argc,
                                       const char* const* argv);

}  // namespace kv
