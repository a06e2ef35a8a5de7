#include "common/command_line/flags.hpp"

#include <algorithm>
#include <array>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/command_line/refuse_word.hpp"
#include "common/command_line/scene_list.hpp"
#include "common/command_line/vocabulary.hpp"
#include "common/experiment/quantities.hpp"
#include "common/hash/hasher.hpp"
#include "common/report/paint.hpp"

namespace kv {

namespace {

constexpr std::string_view kNeeds = "needs a value (see --help)";

constexpr std::array<std::string_view, 5> kSwitches{"--algorithms", "--ascii", "--quiet",
                                                    "--help", "--version"};

// One flag with a value: where it goes, and what --help says.
struct TypedFlag {
  std::string name;
  std::string takes;
  std::string Typed::* value;
  std::string meaning;
  std::vector<std::string> values = {};  // one of these; none: any
};

// "a, b" in words.
std::vector<std::string> split(std::string_view list) {
  constexpr std::string_view kComma = ", ";
  std::vector<std::string> words;
  for (;;) {
    const auto comma = list.find(kComma);
    words.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return words;
    list.remove_prefix(comma + kComma.size());
  }
}

std::vector<TypedFlag> flags_of(const Program& program) {
  std::vector<TypedFlag> flags{
      {"--keys", "N|FILE|-", &Typed::keys,
       "how many made-up keys (key-0, key-1, ...), or a file with one key a line, or - "
       "for standard input"},
      {"--nodes", program.has_weights ? "N|a,b:2,c" : "N|a,b,c", &Typed::nodes,
       program.has_weights
           ? "how many nodes (node_1, ...), or names with optional weights"
           : "how many nodes (node_1, ...), or their names"},
      {"--hash", "NAME", &Typed::hash, std::string(kHashNames), split(kHashNames)},
      {"--seed", "U64", &Typed::seed,
       "another seed makes another hash; 0 is the plain published one"},
      {"--trials", "N", &Typed::trials, "show this run inside N seeds; 0 is off"},
      {"--format",
       "FORMAT",
       &Typed::format,
       "text, json or csv, on standard output",
       {"text", "json", "csv"}},
      {"--report", "FILE", &Typed::report, "write the pictures to one HTML page"},
      {"--predict", "NAME=VALUE", &Typed::predict,
       fmt::format(
           "your prediction for the first step, such as moved=9%; NAME is one of {}",
           kQuantityNames)},
      {"--color",
       "WHEN",
       &Typed::color,
       "auto, always or never",
       {"auto", "always", "never"}},
  };
  if (program.has_vnodes) {
    flags.insert(flags.begin() + 2, {"--vnodes", "V", &Typed::vnodes,
                                     "tokens of a node, per unit of weight"});
  }
  if (program.has_replicas) {
    flags.insert(flags.begin() + 3,
                 {"--replicas", "N", &Typed::replicas,
                  program.has_failures
                      ? "copies of a key, each on another node"
                      : fmt::format("copies of a key in v4_replicated_kv [{}, or as many "
                                    "as there are nodes]",
                                    kReplicasDefault)});
  }
  if (program.has_scenes) {
    flags.push_back({"--scenes", "LIST", &Typed::scenes,
                     fmt::format("which scenes of a cluster at work to play: all, none, "
                                 "or some of {}, with commas between them",
                                 scene_names()),
                     split("all, none, " + scene_names())});
  }
  if (program.algorithms != nullptr) {
    flags.insert(flags.begin() + 2, {"--algorithm", "NAME", &Typed::algorithm,
                                     fmt::format("{} [{}]", algorithm_names(program),
                                                 program.algorithms().front().name),
                                     split(algorithm_names(program))});
  }
  return flags;
}

// Other defaults, other words, and flags more and fewer: the bank's.
std::vector<TypedFlag> flags_of_bank(std::vector<TypedFlag> flags) {
  flags.front() = {"--keys", "N|FILE|-", &Typed::keys,
                   "how many made-up customers, or a CSV file with the columns number, "
                   "first_name, last_name, savings, checking, 401k, or - for standard "
                   "input"};
  std::erase_if(flags, [](const TypedFlag& flag) {
    return flag.name == "--trials" || flag.name == "--report" || flag.name == "--predict";
  });
  const auto behind = std::ranges::find(flags, "--seed", &TypedFlag::name) + 1;
  flags.insert(
      behind,
      {{"--operations", "N", &Typed::operations,
        "deposits, transfers and reads in each step, while it moves records"},
       {"--threads", "N", &Typed::threads, "how many threads do them"},
       {"--rebalance",
        "WHEN",
        &Typed::rebalance,
        "move records at-once, lazily (when they are touched), or both, to compare",
        {"at-once", "lazily", "both"}}});
  return flags;
}

std::vector<TypedFlag> all_flags_of(const Program& program) {
  auto flags = flags_of(program);
  if (program.is_bank) flags = flags_of_bank(std::move(flags));
  if (program.has_bank) {
    flags.push_back({"--dataset",
                     "NAME",
                     &Typed::dataset,
                     program.is_bank ? "bank: this program"
                                     : "bank: customers and money instead of keys; see "
                                       "--dataset bank --help",
                     {"bank"}});
  }
  return flags;
}

std::string step_help(const Program& program) {
  if (program.has_failures) {
    return "add:NAME[:WEIGHT], remove:NAME, weight:NAME:W, down:NAME (keeps its place), "
           "up:NAME or none; repeatable, in order [remove the first node, then add one]";
  }
  if (program.has_weights) {
    return fmt::format(
        "add:NAME[:WEIGHT], remove:NAME, weight:NAME:W or none; repeatable, in order "
        "[add one node, then remove the first{}]",
        program.is_bank ? "; twice" : "");
  }
  return "add:NAME, remove:NAME or none; repeatable, in order [add one node, then remove "
         "the first]";
}

std::string help(const Program& program) {
  const auto line = [](std::string_view flag, std::string_view takes,
                       std::string_view meaning) {
    return wrapped(fmt::format("  {:<24}", fmt::format("{} {}", flag, takes)), meaning);
  };
  std::string out =
      fmt::format("{}\n\nUsage: {}{} [FLAGS]\n\n", program.purpose, program.name,
                  program.is_bank ? " --dataset bank" : program.command);
  const Typed defaults = defaults_of(program);
  for (const TypedFlag& flag : all_flags_of(program)) {
    const std::string& value = defaults.*flag.value;
    out +=
        line(flag.name, flag.takes,
             value.empty() ? flag.meaning : fmt::format("{} [{}]", flag.meaning, value));
    if (flag.value != &Typed::nodes) continue;
    out += line("--step", "STEP", step_help(program));
  }
  if (program.surveys) {
    out +=
        line("--algorithms", "", "compare chapter 3's ring and its alternatives instead");
  }
  out += line("--ascii", "", "draw with ASCII characters only");
  out += line("--quiet", "", "no progress on standard error");
  out += line("--help", "", "print this and exit");
  out += line("--version", "", "print the version and exit");
  return out +
         "\nExit status: 0; 2 for a bad flag or value; 1 for what failed while "
         "running.\n";
}

// What CLI11 would let pass: a flag that takes the next flag for its value, a value that is
// empty, and a switch with a value.
Result<void> check_words(const std::vector<TypedFlag>& flags, int argc,
                         const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const auto name = word.substr(0, word.find('='));
    const bool takes_value =
        name == "--step" ||
        std::ranges::find(flags, name, &TypedFlag::name) != flags.end();
    const bool is_switch = std::ranges::find(kSwitches, name) != kSwitches.end();
    if (is_switch && word != name)
      return refuse_word(name, "takes no value (see --help)");
    if (!takes_value) continue;
    if (word != name) {
      if (word.ends_with('=') && word.size() == name.size() + 1)
        return refuse_word(name, kNeeds);
      continue;
    }
    ++i;  // the value
    const std::string_view value = i < argc ? argv[i] : "";
    if (value.empty() || value.starts_with("--")) return refuse_word(name, kNeeds);
  }
  return {};
}

}  // namespace

std::string algorithm_names(const Program& program) {
  std::string names;
  for (const Algorithm& algorithm : program.algorithms()) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", algorithm.name);
  }
  return names;
}

Typed defaults_of(const Program& program) {
  Typed defaults;
  if (program.is_bank) {
    defaults.hash = "md5";
    defaults.vnodes = "160";
  }
  if (program.has_failures) defaults.replicas = std::to_string(kReplicasDefault);
  return defaults;
}

Vocabulary vocabulary_of(const Program& program) {
  Vocabulary words{.program = std::string(program.name)};
  for (TypedFlag& flag : all_flags_of(program)) {
    words.flags.push_back({.name = flag.name, .values = std::move(flag.values)});
  }
  words.flags.push_back({.name = "--step"});
  for (const std::string_view name : kSwitches) {
    if (name == "--algorithms" && !program.surveys) continue;
    words.flags.push_back({.name = std::string(name), .has_value = false});
  }
  return words;
}

Result<Typed> read_flags(const Program& program, int argc, const char* const* argv) {
  const std::vector<TypedFlag> flags = all_flags_of(program);
  if (const auto checked = check_words(flags, argc, argv); !checked) {
    return std::unexpected(checked.error());
  }
  Typed typed = defaults_of(program);
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  for (const TypedFlag& flag : flags) {
    app.add_option(flag.name, typed.*flag.value)
        ->type_name(flag.takes)
        ->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }
  app.add_option("--step", typed.steps)->allow_extra_args(false);
  if (program.surveys) app.add_flag("--algorithms", typed.algorithms);
  app.add_flag("--ascii", typed.ascii);
  app.add_flag("--quiet", typed.quiet);
  bool wants_help = false;
  bool wants_version = false;
  app.add_flag("--help", wants_help);
  app.add_flag("--version", wants_version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ArgumentMismatch& mismatch) {
    const std::string_view what = mismatch.what();
    return refuse_word(what.substr(0, what.find(':')), "is given twice");
  } catch (const CLI::ParseError& error) {
    return fail(Errc::bad_usage, fmt::format("{} (see --help)", one_line(error.what())));
  }
  const CLI::Option* const trials = app.get_option_no_throw("--trials");
  typed.trials_given = trials != nullptr && trials->count() > 0;
  if (wants_help) typed.answer = help(program);
  if (wants_version) typed.answer = fmt::format("{} {}\n", program.name, KV_VERSION);
  if (typed.answer) return typed;
  if (!app.remaining().empty()) {
    const std::string word = app.remaining().front();
    return refuse_word(
        word, word.starts_with('-')
                  ? fmt::format("is not a flag of {}{} (see --help)", program.name,
                                program.is_bank ? " --dataset bank" : "")
                  : "is not behind any flag (see --help)");
  }
  return typed;
}

}  // namespace kv
