#include "v4_replicated_kv/sim/words.hpp"

#include <charconv>
#include <span>
#include <string>

#include <fmt/format.h>

#include "common/base/text.hpp"

namespace kv {

namespace {

constexpr std::uint64_t kNumberMax = std::uint64_t{1} << 53;

std::unexpected<Error> refuse(std::string_view word, std::string_view what) {
  return fail(Errc::bad_usage, fmt::format("{}: {}", printable(word), what));
}

Result<std::uint64_t> number(std::string_view flag, std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec == std::errc{} && read.ptr == end && value > 0 && value <= kNumberMax) {
    return value;
  }
  return refuse(fmt::format("{} {}", flag, text), "takes whole numbers from 1 on");
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
  if (words.last < words.first) return refuse(text, "ends before it begins");
  return {};
}

Result<void> read_flag(std::string_view flag, std::string_view value, SimWords& words) {
  if (flag == "--seeds") return read_seeds(value, words);
  if (flag == "--ticks") {
    const auto ticks = number(flag, value);
    if (!ticks) return std::unexpected(ticks.error());
    words.ticks = Tick{*ticks};
    return {};
  }
  if (flag == "--mistake") {
    const auto mistake = mistake_named(value);
    if (!mistake) return refuse(value, mistake.error().detail);
    words.mistake = *mistake;
    return {};
  }
  if (flag == "--format") {
    if (value != "text" && value != "json") {
      return refuse(fmt::format("--format {}", value), "takes one of text, json");
    }
    words.json = value == "json";
    return {};
  }
  return refuse(flag, "is not a flag of sim (see --help)");
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
  crash n1                       # kill start pause resume clock wipe keep restore
  get n3 cart                    # fail fill free tear damage heal run wait at
  expect ok apples               # or: n3 holds cart=apples, n3 lacks cart
  expect promises                # heals all, and judges what clients were told

The same script, and the same seed, is the same run on every machine. A seed that breaks
a promise ends the search, and comes as a short script as well.

Exit status: 0 all came as expected and promised, 1 it did not, 2 wrong usage.
)";

std::string make_help() {
  std::string text(kHelpBegin);
  for (const MistakeName& mistake : kMistakes) {
    text += fmt::format("                  {:<27} {}\n", mistake.name, mistake.what);
  }
  return text += kHelpEnd;
}

}  // namespace

std::string_view sim_help() {
  static const std::string text = make_help();
  return text;
}

Result<SimWords> read_sim_words(int argc, const char* const* argv) {
  const std::span all(argv, static_cast<std::size_t>(argc));
  const auto words = all.subspan(all.empty() ? 0 : 1);
  SimWords read;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--help") {
      read.help = true;
      continue;
    }
    if (word == "--trace" || word == "--all") {
      read.trace = true;
      continue;
    }
    if (!word.starts_with("--")) {
      if (!read.script.empty()) return refuse(word, "one script at a time");
      read.script = word;
      continue;
    }
    const auto equals = word.find('=');
    const bool is_joined = equals != std::string_view::npos;
    if (!is_joined && i + 1 == words.size()) return refuse(word, "needs a value");
    const std::string_view value =
        is_joined ? word.substr(equals + 1) : std::string_view(words[++i]);
    if (auto fine = read_flag(word.substr(0, equals), value, read); !fine) {
      return std::unexpected(fine.error());
    }
  }
  if (read.script.empty() && read.trace && read.first != read.last) {
    return refuse("--trace", "is of one seed: --seeds 7");
  }
  return read;
}

}  // namespace kv
