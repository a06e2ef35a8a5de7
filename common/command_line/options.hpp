// The command line that all stage programs share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/result.hpp"
#include "common/command_line/flags.hpp"
#include "common/experiment/run.hpp"
#include "common/experiment/scenario.hpp"
#include "common/hash/hasher.hpp"
#include "common/keys/key_source.hpp"

namespace kv {

enum class Format { text, json, csv };
enum class ColorMode { automatic, always, never };

// What the bank is asked to do, and no other program.
struct BankOptions {
  std::uint64_t operations = 0;  // in each step
  std::uint64_t threads = 1;
  bool at_once = true;  // which ways to move records to try: one of the two at least
  bool lazily = true;
};

struct Options {
  KeySource keys;
  Scenario scenario;
  const Algorithm* algorithm = nullptr;  // null where there is nothing to choose
  std::string hash_name;
  Hasher hasher{nullptr};
  std::uint64_t vnodes = 1;
  std::uint64_t replicas = 1;  // copies of a key; at most as many as there ever are nodes
  std::uint64_t trials = 0;
  bool trials_given = false;  // typed, and so obeyed however long they take
  Format format = Format::text;
  std::string report_path;  // empty: no HTML page
  std::optional<Guess> guess;
  ColorMode color = ColorMode::automatic;
  bool algorithms = false;          // a survey of algorithms instead of stages
  std::vector<std::string> scenes;  // in the order in which to play them
  bool ascii = false;
  bool quiet = false;
  BankOptions bank;
};

// Whether what will run has virtual nodes: an algorithm that was chosen may not.
[[nodiscard]] bool has_vnodes(const Program& program, const Options& options);

// Printed instead of running: the answer to --help or --version.
struct Printout {
  std::string text;
};

// Reads and checks everything, in an order that gives one error at most: bad_usage with
// the flag, the value and what it takes. Opens no file.
[[nodiscard]] Result<std::variant<Options, Printout>> parse_options(
    const Program& program, int argc, const char* const* argv);

}  // namespace kv
