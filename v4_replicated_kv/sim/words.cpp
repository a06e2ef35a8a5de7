#include "v4_replicated_kv/sim/words.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "common/base/closest_word.hpp"
#include "common/base/text.hpp"
#include "common/base/whole_number.hpp"
#include "common/command_line/refuse_word.hpp"
#include "common/report/paint.hpp"

namespace kv {

namespace {

constexpr std::uint64_t kNumberMax = std::uint64_t{1} << 53;

Result<std::uint64_t> number(std::string_view flag, std::string_view text) {
  const auto value = whole_number(text);
  if (value && *value > 0 && *value <= kNumberMax) return *value;
  return refuse_word(fmt::format("{} {}", flag, text),
                     fmt::format("takes whole numbers from 1 to {}", kNumberMax));
}

// "7", or "1..2000".
Result<void> read_seeds(std::string_view text, SimWords& words) {
  constexpr std::string_view kTo = "..";
  const auto dots = text.find(kTo);
  const auto first = number("--seeds", text.substr(0, dots));
  if (!first) return std::unexpected(first.error());
  words.first = words.last = *first;
  if (dots == std::string_view::npos) return {};
  const auto last = number("--seeds", text.substr(dots + kTo.size()));
  if (!last) return std::unexpected(last.error());
  words.last = *last;
  if (words.last < words.first) return refuse_word(text, "ends before it begins");
  return {};
}

Result<void> read_format(std::string_view value, SimWords& words) {
  if (value != "text" && value != "json") {
    return refuse_word(fmt::format("--format {}", value), "takes one of text, json");
  }
  words.json = value == "json";
  return {};
}

constexpr std::array<std::string_view, 3> kSwitches{"--trace", "--all", "--help"};
constexpr std::array<std::string_view, 7> kFlags{
    "--seeds", "--ticks", "--mistake", "--format", "--trace", "--all", "--help"};

bool is_switch(std::string_view flag) {
  return std::ranges::find(kSwitches, flag) != kSwitches.end();
}

void turn_on(std::string_view flag, SimWords& words) {
  (flag == "--trace" ? words.trace : flag == "--all" ? words.all : words.help) = true;
}

Result<void> read_flag(std::string_view flag, std::string_view value, SimWords& words) {
  if (flag == "--seeds") return read_seeds(value, words);
  if (flag == "--format") return read_format(value, words);
  if (flag == "--ticks") {
    const auto ticks = number(flag, value);
    if (!ticks) return std::unexpected(ticks.error());
    words.ticks = Tick{*ticks};
    return {};
  }
  const auto mistake = mistake_named(value);
  if (!mistake) return refuse_word(value, mistake.error().detail);
  words.mistake = *mistake;
  return {};
}

std::unexpected<Error> no_flag(std::string_view flag) {
  const std::string_view closest = closest_word(flag, kFlags);
  if (closest.empty()) return refuse_word(flag, "is not a flag of sim (see --help)");
  return refuse_word(flag,
                     fmt::format("is not a flag of sim; did you mean {}?", closest));
}

// What would be left unheard: a script has no seeds, and a trace is text.
Result<void> check_together(const SimWords& words,
                            std::span<const std::string_view> given) {
  const auto has = [&](std::string_view flag) {
    return std::ranges::find(given, flag) != given.end();
  };
  const bool is_script = !words.script.empty();
  for (const std::string_view flag : {"--seeds", "--ticks", "--trace"}) {
    if (is_script && has(flag)) {
      return refuse_word(flag,
                         "is of seeds, and there is a script; its trace is printed "
                         "anyway");
    }
  }
  if (is_script) return {};
  if (words.all)
    return refuse_word("--all", "is of a script; --seeds 7 --trace shows all");
  if (words.trace && words.first != words.last) {
    return refuse_word("--trace", "is of one seed: --seeds 7");
  }
  if (words.trace && words.json) {
    return refuse_word("--format json", "a trace of a seed is text");
  }
  return {};
}

constexpr std::string_view kHelpBegin =
    R"(Runs a simulated cluster: real nodes on made-up disks, networks and clocks.

A script says what happens, and what is expected of it. A seed lets chance say it:
clients work while everything goes wrong that is promised to be borne, and then what
they were told, and what is stored, is held against the promises.

Usage: v4_replicated_kv sim SCRIPT [--mistake NAME] [--format text|json] [--all]
       v4_replicated_kv sim [--seeds A..B] [--ticks T] [--mistake NAME]
                            [--format text|json]
       v4_replicated_kv sim --seeds N --trace

  SCRIPT          a file, or - for standard input: its trace is printed
  --all           with what nodes say about themselves, too
  --seeds A..B    these seeds, or one: --seeds 7 [1..100]
  --ticks T       so many microseconds of trouble at most, in a run [2000000]
  --trace         every message and fault of one seed
  --format        text or json [text]
  --mistake NAME  with a bug put in, to see that it is found:
)";

constexpr std::string_view kHelpEnd =
    R"(
A script, to begin with; v4_replicated_kv/simulation/README.md has all its words:

  cluster nodes=3 n=3 r=2 w=2    # then: policy=siblings seed=7 mistake=NAME ...
  partition n3                   # cut one-way mend drop delay duplicate weather
  put n1 cart=apples as=alice    # get delete; w=1 level=quorum id=a1 ttl=50ms
  expect ok                      # waits for it: refused unknown nothing silence
  mend
  crash n1                       # kill start pause resume clock wipe keep restore suspect
  get n3 cart                    # trust fail fill free tear damage flip heal run wait at
  expect ok apples               # or: n3 holds cart=apples, n3 lacks cart
  expect promises                # heals all, and judges what clients were told

The same script, and the same seed, is the same run on every machine. A seed that breaks
a promise ends the search, and comes as a short script as well where that shows the same.

Exit status: 0 all came as expected and promised, 1 it did not, 2 wrong usage.
)";

std::string make_help() {
  std::string text(kHelpBegin);
  for (const MistakeName& mistake : kMistakes) {
    text += wrapped(fmt::format("    {:<27} ", mistake.name), mistake.what);
  }
  return text += kHelpEnd;
}

}  // namespace

std::string_view sim_help() {
  static const std::string text = make_help();
  return text;
}

Vocabulary sim_vocabulary() {
  Vocabulary words{.program = "v4_replicated_kv", .command = "sim"};
  for (const std::string_view flag : kFlags) {
    words.flags.push_back({.name = std::string(flag), .has_value = !is_switch(flag)});
    auto& values = words.flags.back().values;
    if (flag == "--format") values = {"text", "json"};
    if (flag != "--mistake") continue;
    for (const MistakeName& mistake : kMistakes) values.emplace_back(mistake.name);
  }
  return words;
}

Result<SimWords> read_sim_words(int argc, const char* const* argv) {
  const std::span all(argv, static_cast<std::size_t>(argc));
  const auto words = all.subspan(all.empty() ? 0 : 1);
  SimWords read;
  std::vector<std::string_view> given;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "-" || !word.starts_with('-')) {
      if (word.empty()) return refuse_word(word, "is no script");
      if (!read.script.empty()) return refuse_word(word, "one script at a time");
      read.script = word;
      continue;
    }
    const auto equals = word.find('=');
    const std::string_view flag = word.substr(0, equals);
    const bool is_joined = equals != std::string_view::npos;
    if (std::ranges::find(kFlags, flag) == kFlags.end()) return no_flag(flag);
    if (std::ranges::find(given, flag) != given.end()) {
      return refuse_word(flag, "is given twice");
    }
    given.push_back(flag);
    if (is_switch(flag)) {
      if (is_joined) return refuse_word(flag, "takes no value");
      turn_on(flag, read);
      continue;
    }
    const std::string_view value = is_joined               ? word.substr(equals + 1)
                                   : i + 1 == words.size() ? ""
                                                           : words[++i];
    if (value.empty() || value.starts_with("--"))
      return refuse_word(flag, "needs a value");
    if (auto fine = read_flag(flag, value, read); !fine) {
      return std::unexpected(fine.error());
    }
  }
  if (read.help) return read;
  if (auto fine = check_together(read, given); !fine) {
    return std::unexpected(fine.error());
  }
  return read;
}

}  // namespace kv
