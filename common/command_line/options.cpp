#include "common/command_line/options.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/command_line/limits.hpp"
#include "common/command_line/scene_list.hpp"
#include "common/command_line/typed_steps.hpp"
#include "common/command_line/values.hpp"

namespace kv {

namespace {

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

// The algorithm called by its name; bad_usage for a name that the program does not know.
Result<const Algorithm*> choose_algorithm(const Program& program, const Typed& typed) {
  if (program.algorithms == nullptr) return nullptr;
  const auto all = program.algorithms();
  if (typed.algorithm.empty()) return &all.front();
  const auto chosen = std::ranges::find(all, typed.algorithm, &Algorithm::name);
  if (chosen != all.end()) return &*chosen;
  return fail(Errc::bad_usage,
              fmt::format("--algorithm {}: takes one of {}", printable(typed.algorithm),
                          algorithm_names(program)));
}

std::string names_with_weights(const Program& program) {
  std::string names;
  for (const Algorithm& algorithm : program.algorithms()) {
    if (!algorithm.has_weights) continue;
    names += fmt::format("{}{}", names.empty() ? "" : ", ", algorithm.name);
  }
  return names;
}

// Weights, typed for a program or an algorithm that has none.
Result<void> check_weights(const Program& program, const Typed& typed,
                           const Algorithm* algorithm) {
  const bool chosen = program.has_weights && algorithm != nullptr;
  const auto refuse = [&](std::string_view flag, const std::string& text) {
    return fail(Errc::bad_usage,
                fmt::format("{} {}: {} has no weights; {}", flag, printable(text),
                            chosen ? algorithm->name : program.name,
                            chosen ? "take one of " + names_with_weights(program)
                                   : "v3_virtual_nodes has"));
  };
  if (chosen ? algorithm->has_weights : program.has_weights) return {};
  if (typed.nodes.find(':') != std::string::npos) return refuse("--nodes", typed.nodes);
  for (const std::string& step : typed.steps) {
    const bool weighs = step.starts_with("weight:") || std::ranges::count(step, ':') > 1;
    if (weighs) return refuse("--step", step);
  }
  return {};
}

// The small flags: everything but keys, nodes and steps.
Result<void> read_settings(const Program& program, const Typed& typed, Options& options) {
  const auto seed = parse_whole("--seed", typed.seed, 0, UINT64_MAX);
  if (!seed) return std::unexpected(seed.error());
  auto hasher = hasher_named(typed.hash, *seed);
  if (!hasher) {
    return fail(Errc::bad_usage, fmt::format("--hash {}: {}", printable(typed.hash),
                                             hasher.error().detail));
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
  if (program.has_scenes) {
    auto scenes = parse_scenes(typed.scenes);
    if (!scenes) return std::unexpected(scenes.error());
    options.scenes = *std::move(scenes);
  }
  options.hash_name = typed.hash;
  options.hasher = *hasher;
  options.trials = *trials;
  options.trials_given = typed.trials_given;
  options.vnodes = *vnodes;
  options.format = *format;
  options.color = *color;
  options.report_path = typed.report;
  options.algorithms = typed.algorithms;
  options.ascii = typed.ascii;
  options.quiet = typed.quiet;
  return {};
}

// The nodes of the smallest state.
std::uint64_t fewest_nodes(const Scenario& scenario) {
  std::uint64_t fewest = kNodesMax;
  for (const ClusterState& state : scenario.states) {
    fewest = std::min<std::uint64_t>(fewest, state.nodes.size());
  }
  return fewest;
}

// Plays the steps on paper, with as many copies of a key as were asked for. Where none were,
// the default is cut to what the smallest state allows.
Result<void> read_steps(const Program& program, const Typed& typed,
                        const std::vector<Node>& nodes, Options& options) {
  const bool asked = !typed.replicas.empty();
  if (asked) {
    const auto replicas = parse_whole("--replicas", typed.replicas, 1, kReplicasMax);
    if (!replicas) return std::unexpected(replicas.error());
    if (*replicas > nodes.size()) {
      return fail(Errc::bad_usage,
                  fmt::format("--replicas {}: more copies than nodes, of which there are "
                              "{}; take fewer copies or more nodes",
                              *replicas, nodes.size()));
    }
    options.replicas = *replicas;
  }
  const auto steps = parse_steps(program, typed.steps, nodes, options.replicas);
  if (!steps) return std::unexpected(steps.error());
  auto scenario = plan(nodes, *steps, options.replicas);
  if (!scenario) return std::unexpected(scenario.error());
  options.scenario = std::move(*scenario);
  if (program.has_replicas && !asked) {
    options.replicas = std::min(kReplicasDefault, fewest_nodes(options.scenario));
  }
  return {};
}

Result<void> read_scenario(const Program& program, const Typed& typed, Options& options) {
  auto keys = parse_keys(typed.keys);
  if (!keys) return std::unexpected(keys.error());
  options.keys = std::move(*keys);
  const auto algorithm = choose_algorithm(program, typed);
  if (!algorithm) return std::unexpected(algorithm.error());
  options.algorithm = *algorithm;
  if (!has_vnodes(program, options) && typed.vnodes != Typed().vnodes) {
    return fail(Errc::bad_usage, fmt::format("--vnodes {}: {} has no virtual nodes",
                                             typed.vnodes, options.algorithm->name));
  }
  if (auto checked = check_weights(program, typed, *algorithm); !checked) return checked;
  const auto nodes = parse_nodes(typed.nodes);
  if (!nodes) return std::unexpected(nodes.error());
  if (auto read = read_steps(program, typed, *nodes, options); !read) return read;
  if (auto checked = check_nodes(options); !checked) return checked;
  if (auto checked = check_guest(options); !checked) return checked;
  return check_tokens(program, typed, options);
}

// What a survey of algorithms has no place for.
Result<void> check_survey(const Typed& typed) {
  const auto refuse = [](std::string_view flag, std::string_view why) {
    return fail(Errc::bad_usage,
                fmt::format("{}: goes without --algorithms, which {}", flag, why));
  };
  if (!typed.algorithms) return {};
  if (!typed.report.empty()) return refuse("--report", "has tables only");
  if (!typed.predict.empty()) return refuse("--predict", "has tables only");
  if (typed.trials_given) return refuse("--trials", "shows one seed");
  return {};
}

Result<void> read_bank(const Program& program, const Typed& typed, Options& options) {
  if (!program.is_bank) return {};
  const auto dataset = choose<bool, 1>("--dataset", typed.dataset, {{{"bank", true}}});
  if (!dataset) return std::unexpected(dataset.error());
  const auto operations =
      parse_whole("--operations", typed.operations, 0, kOperationsMax);
  if (!operations) return std::unexpected(operations.error());
  const auto threads = parse_whole("--threads", typed.threads, 1, kThreadsMax);
  if (!threads) return std::unexpected(threads.error());
  using Ways = std::pair<bool, bool>;
  const auto ways = choose<Ways, 3>("--rebalance", typed.rebalance,
                                    {{{"at-once", Ways{true, false}},
                                      {"lazily", Ways{false, true}},
                                      {"both", Ways{true, true}}}});
  if (!ways) return std::unexpected(ways.error());
  options.bank = {.operations = *operations,
                  .threads = *threads,
                  .at_once = ways->first,
                  .lazily = ways->second};
  return {};
}

Result<void> read_guess(const Typed& typed, Options& options) {
  if (typed.predict.empty()) return {};
  const auto guess = parse_guess(typed.predict);
  if (!guess) return std::unexpected(guess.error());
  if (needs_a_step(guess->quantity) && options.scenario.states.size() == 1) {
    return fail(
        Errc::bad_usage,
        fmt::format("--predict {}: nothing moves without a step; leave out --step "
                    "none",
                    typed.predict));
  }
  options.guess = *guess;
  return {};
}

}  // namespace

bool has_vnodes(const Program& program, const Options& options) {
  return options.algorithm == nullptr ? program.has_vnodes
                                      : options.algorithm->has_vnodes;
}

Result<std::variant<Options, Printout>> parse_options(const Program& program, int argc,
                                                      const char* const* argv) {
  const auto typed = read_flags(program, argc, argv);
  if (!typed) return std::unexpected(typed.error());
  if (typed->answer) return Printout{*typed->answer};
  if (auto checked = check_survey(*typed); !checked) {
    return std::unexpected(checked.error());
  }
  Options options;
  if (auto read = read_settings(program, *typed, options); !read) {
    return std::unexpected(read.error());
  }
  if (auto read = read_scenario(program, *typed, options); !read) {
    return std::unexpected(read.error());
  }
  if (auto read = read_bank(program, *typed, options); !read) {
    return std::unexpected(read.error());
  }
  if (auto read = read_guess(*typed, options); !read)
    return std::unexpected(read.error());
  return options;
}

}  // namespace kv
