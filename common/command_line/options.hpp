// The command line that all stage programs share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "common/base/result.hpp"
#include "common/command_line/flags.hpp"
#include "common/experiment/run.hpp"
#include "common/experiment/scenario.hpp"
#include "common/hash/hasher.hpp"
#include "common/keys/key_source.hpp"

namespace kv {

enum class Format { text, json, csv };
enum class ColorMode { automatic, always, never };

struct Options {
  KeySource keys;
  Scenario scenario;
  const Algorithm* algorithm = nullptr;  // null where there is nothing to choose
  std::string hash_name;
  Hasher hasher{nullptr};
  std::uint64_t vnodes = 1;
  std::uint64_t trials = 0;
  Format format = Format::text;
  std::string report_path;  // empty: no HTML page
  std::optional<Guess> guess;
  ColorMode color = ColorMode::automatic;
  bool algorithms = false;  // a survey of algorithms instead of stages
  bool ascii = false;
  bool quiet = false;
};

// Whether what will run has virtual nodes: an algorithm that was chosen may not.
[[nodiscard]] bool has_vnodes(const Program& program, const Options& options);

// Printed instead of running: the answer to --help or --version.
struct Answer {
  std::string text;
};

// Reads and checks everything, in an order that gives one error at most: bad_usage with
// the flag, the value and what it takes. Opens no file.
[[nodiscard]] Result<std::variant<Options, Answer>> parse_options(
    const Program& program, int argc, const char* const* argv);

}  // namespace kv
