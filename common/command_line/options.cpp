#include "common/command_line/options.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/command_line/values.hpp"

namespace kv {

namespace {

constexpr std::string_view kVersion = "0.1.0";

// The flags as typed.
struct Typed {
  std::string keys = "1000000";
  std::string nodes = "4";
  std::vector<std::string> steps;
  std::string hash = "xxh3";
  std::string seed = "0";
  std::string trials = "100";
  std::string vnodes = "20000";
  std::string format = "text";
  std::string report;
  std::string predict;
  std::string color = "auto";
  bool ascii = false;
  bool quiet = false;
};

void declare(CLI::App& app, const Program& program, Typed& typed) {
  const auto text = [&](const char* flag, std::string& value, const std::string& help) {
    return app.add_option(flag, value, help)->capture_default_str();
  };
  text("--keys", typed.keys,
       "how many made-up keys, or a file with one key a line, or - for standard input")
      ->type_name("N|FILE|-");
  text("--nodes", typed.nodes,
       program.has_weights ? "how many nodes (node_1, ...), or names with optional weights"
                           : "how many nodes (node_1, ...), or their names")
      ->type_name(program.has_weights ? "N|a,b:2,c" : "N|a,b,c");
  app.add_option("--step", typed.steps,
                 program.has_weights
                     ? "add:NAME[:WEIGHT], remove:NAME, weight:NAME:W or none; repeatable, "
                       "in order (default: add one node, then remove the first)"
                     : "add:NAME, remove:NAME or none; repeatable, in order (default: add "
                       "one node, then remove the first)")
      ->type_name("STEP")
      ->allow_extra_args(false);
  text("--hash", typed.hash, std::string(kHashNames))->type_name("NAME");
  text("--seed", typed.seed, "another seed, other hashes; 0 is the plain published hash")
      ->type_name("U64");
  text("--trials", typed.trials, "show this run inside so many seeds; 0 is off")
      ->type_name("N");
  if (program.has_vnodes) {
    text("--vnodes", typed.vnodes, "tokens per unit of weight")->type_name("V");
  }
  text("--format", typed.format, "text, json or csv, on standard output")
      ->type_name("FORMAT");
  app.add_option("--report", typed.report, "write the pictures to one HTML page")
      ->type_name("FILE");
  app.add_option("--predict", typed.predict,
                 "your prediction for the first step, such as moved=9% (also sideways, "
                 "donors, cv, max_over_mean)")
      ->type_name("NAME=VALUE");
  text("--color", typed.color, "auto, always or never")->type_name("WHEN");
  app.add_flag("--ascii", typed.ascii, "draw with ASCII characters only");
  app.add_flag("--quiet", typed.quiet, "no progress and no notes on standard error");
}

// A value out of a short list of names.
template <class Value, std::size_t N>
Result<Value> choose(std::string_view flag, const std::string& text,
                     const std::array<std::pair<std::string_view, Value>, N>& choices) {
  std::string names;
  for (const auto& [name, value] : choices) {
    if (name == text) return value;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
  }
  return fail(Errc::bad_usage,
              fmt::format("{} {}: takes one of {}", flag, printable(text), names));
}

// The first name of node_1, node_2, ... from node_{N+1} on that is not taken.
std::string next_name(const std::vector<Node>& nodes) {
  for (std::size_t i = nodes.size() + 1;; ++i) {
    std::string name = fmt::format("node_{}", i);
    if (std::ranges::find(nodes, name, &Node::name) == nodes.end()) return name;
  }
}

Result<std::vector<Step>> parse_steps(const std::vector<std::string>& typed,
                                      const std::vector<Node>& nodes) {
  std::vector<Step> steps;
  if (typed.empty()) {
    steps.push_back({.action = Action::add, .node = next_name(nodes), .weight = 1});
    steps.push_back({.action = Action::remove, .node = nodes.front().name, .weight = 1});
    return steps;
  }
  for (const std::string& text : typed) {
    if (text == "none" && typed.size() == 1) return steps;
    auto step = parse_step(text);
    if (!step) return std::unexpected(step.error());
    steps.push_back(std::move(*step));
  }
  return steps;
}

// Weights where a program has none, and more tokens than a machine should hold.
Result<void> check_weights(const Program& program, const Scenario& scenario,
                           std::uint64_t vnodes) {
  for (const ClusterState& state : scenario.states) {
    double tokens = 0;
    for (const Node& node : state.nodes) {
      if (!program.has_weights && (node.weight != 1 || state.action == Action::weight)) {
        return fail(Errc::bad_usage,
                    fmt::format("{}: {} has no weights; v3_virtual_nodes has", node.name,
                                program.name));
      }
      tokens += static_cast<double>(tokens_for(node.weight, vnodes));
    }
    if (program.has_vnodes && tokens > static_cast<double>(kTokensMax)) {
      return fail(Errc::bad_usage,
                  fmt::format("--vnodes {}: makes {:.0f} tokens for {} nodes, and {} is the "
                              "most; take fewer",
                              vnodes, tokens, state.nodes.size(), kTokensMax));
    }
  }
  return {};
}

// CLI11 splits the words; what it finds wrong becomes one line of ours.
Result<std::optional<Answer>> split_words(CLI::App& app, const Program& program, int argc,
                                          const char* const* argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Answer{app.help()};
  } catch (const CLI::CallForVersion&) {
    return Answer{fmt::format("{} {}\n", program.name, kVersion)};
  } catch (const CLI::ParseError& error) {
    std::string why = printable(error.what());
    return fail(Errc::bad_usage, fmt::format("{} (see --help)", why));
  }
  return std::nullopt;
}

// The small flags: everything but keys, nodes and steps.
Result<void> read_settings(const Typed& typed, Options& options) {
  const auto seed = parse_whole("--seed", typed.seed, 0, UINT64_MAX);
  if (!seed) return std::unexpected(seed.error());
  auto hasher = hasher_named(typed.hash, *seed);
  if (!hasher) {
    return fail(Errc::bad_usage,
                fmt::format("--hash {}: {}", printable(typed.hash), hasher.error().detail));
  }
  const auto trials = parse_whole("--trials", typed.trials, 0, kTrialsMax);
  if (!trials) return std::unexpected(trials.error());
  const auto vnodes = parse_whole("--vnodes", typed.vnodes, 1, kVnodesMax);
  if (!vnodes) return std::unexpected(vnodes.error());
  const auto format = choose<Format, 3>(
      "--format", typed.format,
      {{{"text", Format::text}, {"json", Format::json}, {"csv", Format::csv}}});
  if (!format) return std::unexpected(format.error());
  const auto color = choose<ColorMode, 3>("--color", typed.color,
                                          {{{"auto", ColorMode::automatic},
                                            {"always", ColorMode::always},
                                            {"never", ColorMode::never}}});
  if (!color) return std::unexpected(color.error());
  options.hash_name = typed.hash;
  options.hasher = *hasher;
  options.trials = *trials;
  options.vnodes = *vnodes;
  options.format = *format;
  options.color = *color;
  options.report_path = typed.report;
  options.ascii = typed.ascii;
  options.quiet = typed.quiet;
  return {};
}

Result<void> read_scenario(const Program& program, const Typed& typed, Options& options) {
  auto keys = parse_keys(typed.keys);
  if (!keys) return std::unexpected(keys.error());
  options.keys = std::move(*keys);
  const auto nodes = parse_nodes(typed.nodes);
  if (!nodes) return std::unexpected(nodes.error());
  const auto steps = parse_steps(typed.steps, *nodes);
  if (!steps) return std::unexpected(steps.error());
  auto scenario = plan(*nodes, *steps);
  if (!scenario) return std::unexpected(scenario.error());
  options.scenario = std::move(*scenario);
  return check_weights(program, options.scenario, options.vnodes);
}

Result<void> read_guess(const Typed& typed, Options& options) {
  if (typed.predict.empty()) return {};
  const auto guess = parse_guess(typed.predict);
  if (!guess) return std::unexpected(guess.error());
  if (needs_a_step(guess->quantity) && options.scenario.states.size() == 1) {
    return fail(Errc::bad_usage,
                fmt::format("--predict {}: nothing moves without a step; leave out --step "
                            "none",
                            typed.predict));
  }
  options.guess = *guess;
  return {};
}

}  // namespace

Result<std::variant<Options, Answer>> parse_options(const Program& program, int argc,
                                                    const char* const* argv) {
  Typed typed;
  CLI::App app{std::string(program.purpose), std::string(program.name)};
  app.set_version_flag("--version", std::string(kVersion), "print the version and exit");
  app.set_help_flag("--help", "print this and exit");
  app.get_formatter()->column_width(26);
  declare(app, program, typed);
  auto answer = split_words(app, program, argc, argv);
  if (!answer) return std::unexpected(answer.error());
  if (*answer) return **answer;

  Options options;
  if (auto read = read_settings(typed, options); !read) {
    return std::unexpected(read.error());
  }
  if (auto read = read_scenario(program, typed, options); !read) {
    return std::unexpected(read.error());
  }
  if (auto read = read_guess(typed, options); !read) return std::unexpected(read.error());
  return options;
}

}  // namespace kv
