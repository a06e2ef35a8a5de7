// `v4_replicated_kv sim`: scripts, seeds, and what is said of both.
#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/programs/run_program.hpp"

using namespace kv;

namespace {

const std::string kScenarios = "v4_replicated_kv/simulation/scenarios/";

ProgramEnd sim(std::vector<std::string> words, const std::string& input = "") {
  words.insert(words.begin(), {"v4_replicated_kv", "sim"});
  return run_program(std::move(words), {.input = input, .directory = KV_SOURCE_DIR});
}

// All of them, by name: "clock_ahead".
std::vector<std::string> scenarios() {
  std::vector<std::string> names;
  for (const auto& file :
       std::filesystem::directory_iterator(KV_SOURCE_DIR "/" + kScenarios)) {
    names.push_back(file.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

std::string path_of(const std::string& name) {
  return kScenarios + name + ".txt";
}

// What its comment says breaks it; empty if it says nothing.
std::string mistake_of(const std::string& text) {
  const std::string kBefore = "sim THIS --mistake ";
  const auto at = text.find(kBefore);
  if (at == std::string::npos) return "";
  const auto begin = at + kBefore.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("each scenario comes as expected, and not with the mistake that it names") {
  std::size_t with_mistake = 0;
  for (const std::string& name : scenarios()) {
    CAPTURE(name);
    const std::string text = read_file(KV_SOURCE_DIR "/" + path_of(name));
    const ProgramEnd as_it_is = sim({path_of(name)});
    CAPTURE(as_it_is.out);
    CHECK(as_it_is.status == 0);
    CHECK(as_it_is.out.find("expected, and came") != std::string::npos);
    const std::string mistake = mistake_of(text);
    if (mistake.empty()) continue;
    ++with_mistake;
    const ProgramEnd broken = sim({path_of(name), "--mistake", mistake});
    CHECK(broken.status == 1);
    CHECK(broken.out.find(path_of(name) + ":") != std::string::npos);
    CHECK(broken.out.find("again: v4_replicated_kv sim " + path_of(name) + " --mistake " +
                          mistake) != std::string::npos);
  }
  CHECK(with_mistake >= 15);
}

TEST_CASE("each scenario begins with a question, and fits a projector") {
  for (const std::string& name : scenarios()) {
    CAPTURE(name);
    const std::string text = read_file(KV_SOURCE_DIR "/" + path_of(name));
    CHECK(text.starts_with("# "));
    CHECK(text.find("\n# Predict: ") != std::string::npos);
    CHECK(text.find("\n# Why: ") != std::string::npos);
    for (const std::string& line : lines_of(text)) CHECK(line.size() <= 90);
    const auto trace = lines_of(sim({path_of(name)}).out);
    CHECK(trace.size() <= 60);
    for (const std::string& line : trace) CHECK(line.size() < 100);
  }
}

TEST_CASE("golden: scenarios print their traces") {
  for (const std::string& name : scenarios()) {
    const std::string path = KV_SOURCE_DIR "/tests/golden/scenarios/" + name + ".txt";
    const std::string trace = sim({path_of(name)}).out;
    if (updating_golden()) make_file(path, trace);
    CHECK_MESSAGE(trace == read_file(path), name,
                  " has changed; `make golden` shows how");
  }
}

TEST_CASE("a script comes from standard input as well, and its events as json") {
  const std::string script =
      "cluster nodes=3\nput n1 cart=apples\nexpect ok\nexpect n2 holds cart=apples\n";
  const ProgramEnd text = sim({"-"}, script);
  CHECK(text.status == 0);
  CHECK(text.out.starts_with("t=0   client -> n1   put cart=apples\n"));
  const ProgramEnd json = sim({"-", "--format", "json"}, script);
  CHECK(json.status == 0);
  const auto parsed = nlohmann::json::parse(json.out);
  CHECK(parsed.at("expectations") == 2);
  CHECK(parsed.at("unmet").is_null());
  const auto& first = parsed.at("events").at(0);
  CHECK(first.at("kind") == "asked");
  CHECK(first.at("from") == "client");
  CHECK(first.at("to") == "n1");
  CHECK(first.at("text") == "put cart=apples");
}

TEST_CASE("an expectation that is not met says where, what was expected and what came") {
  const ProgramEnd outcome =
      sim({"-"}, "cluster nodes=3\n\nput n1 cart=apples\nget n2 cart\nexpect ok pears\n");
  CHECK(outcome.status == 1);
  CHECK(outcome.out.find("standard input:5: expected ok pears, came ok ") !=
        std::string::npos);
  CHECK(outcome.out.find("again: ") == std::string::npos);  // nobody has it any more
}

TEST_CASE("chatter of the cluster is shown on demand only") {
  const ProgramEnd shown = sim({path_of("wiped_and_missed")});
  CHECK(shown.out.find("hello") == std::string::npos);
  CHECK(sim({path_of("wiped_and_missed"), "--all"}).out.find("hello") !=
        std::string::npos);
}

TEST_CASE("a bad script is one line with its place, its word and the closest one") {
  const auto refused = [](const std::string& script) {
    const ProgramEnd outcome = sim({"-"}, script);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(std::ranges::count(outcome.err, '\n') == 1);
    return outcome.err;
  };
  CHECK(refused("") ==
        "v4_replicated_kv sim: standard input: has no line `cluster nodes=3` "
        "to begin with\n");
  CHECK(refused("cluster nodes=3\ncarsh n1\n") ==
        "v4_replicated_kv sim: standard input:2: carsh: did you mean crash?\n");
  CHECK(refused("cluster nodes=3\nput n4 cart=apples\n") ==
        "v4_replicated_kv sim: standard input:2: n4: is no node; there are n1 to n3\n");
  CHECK(refused("cluster nodes=3 mistake=no_fsync_before_akc\n") ==
        "v4_replicated_kv sim: standard input:1: no_fsync_before_akc: there is no such "
        "mistake; did you mean no_fsync_before_ack?\n");
  CHECK(refused(std::string(300'000, 'x')).find("more than 262144 bytes") !=
        std::string::npos);
  CHECK(
      refused("cluster nodes=3\n" + std::string(20'000, '\n')).find("more than 10000") !=
      std::string::npos);
  const ProgramEnd missing = sim({"missing.txt"});
  CHECK(missing.status == 1);
  CHECK(missing.err.find("missing.txt: cannot be read: ") != std::string::npos);
  CHECK(sim({"a.txt", "b.txt"}).status == 2);
}

TEST_CASE("a flag that is none, or that would not be heard, is refused") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"--bogus"}, "--bogus: is not a flag of sim (see --help)"},
      {{"-x"}, "-x: is not a flag of sim (see --help)"},
      {{"--version"}, "--version: is not a flag of sim (see --help)"},
      {{"--sedes", "1"}, "--sedes: is not a flag of sim; did you mean --seeds?"},
      {{"--seeds"}, "--seeds: needs a value"},
      {{"--seeds="}, "--seeds: needs a value"},
      {{"--seeds", "--all"}, "--seeds: needs a value"},
      {{"--trace=1"}, "--trace: takes no value"},
      {{"--seeds", "1", "--seeds", "2"}, "--seeds: is given twice"},
      {{"--seeds", "9223372036854775807"},
       "--seeds 9223372036854775807: takes whole numbers from 1 to 9007199254740992"},
      {{"--ticks", "18446744073709551615"},
       "--ticks 18446744073709551615: takes whole numbers from 1 to 9007199254740992"},
      {{"--seeds", "1..2", "--trace"}, "--trace: is of one seed: --seeds 7"},
      {{"--seeds", "1..2", "--all"},
       "--all: is of a script; --seeds 7 --trace shows all"},
      {{"--seeds", "7", "--trace", "--format", "json"},
       "--format json: a trace of a seed is text"},
      {{"-", "--seeds", "1"}, "--seeds: is of seeds, and there is a script"},
      {{"-", "--ticks", "1"}, "--ticks: is of seeds, and there is a script"},
      {{"-", "--trace"}, "--trace: is of seeds, and there is a script"},
  };
  for (const auto& [words, part] : cases) {
    CAPTURE(part);
    const ProgramEnd outcome = sim(words);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("v4_replicated_kv sim: " + part));
    CHECK(std::ranges::count(outcome.err, '\n') == 1);
  }
}

TEST_CASE("help fits the screen") {
  for (const std::string& line : lines_of(sim({"--help"}).out)) CHECK(line.size() <= 90);
}

TEST_CASE("each twentieth seed is run twice, and said so") {
  const auto said = [](const std::string& seeds) {
    const ProgramEnd outcome = sim({"--seeds", seeds});
    CHECK(outcome.status == 0);
    return outcome.out;
  };
  CHECK(said("1..40").find("; 2 seeds were run twice\n") != std::string::npos);
  CHECK(said("20").starts_with("1 seed, "));
  CHECK(said("20").find("; 1 seed was run twice\n") != std::string::npos);
  CHECK(said("7").find("twice") == std::string::npos);
}

namespace {

// What is said of a mistake's first seed that breaks a promise.
nlohmann::json broken_by(const std::string& mistake) {
  const ProgramEnd seeds =
      sim({"--seeds", "1..200", "--mistake", mistake, "--format", "json"});
  REQUIRE(seeds.status == 1);
  return nlohmann::json::parse(seeds.out).at("broken");
}

// What is left of a sentence without the operations it names: "is newer and was ...".
// The last of them may be a put, "70 (put of ... t=1..2)", or a delete, without brackets.
std::string kind_of(const std::string& sentence) {
  const auto named = sentence.rfind("t=");
  if (named == std::string::npos) return sentence;
  const auto end = sentence.find_first_of(") ", named);
  return end == std::string::npos
             ? ""
             : sentence.substr(sentence.find_first_not_of(") ", end));
}

}  // namespace

TEST_CASE("a seed that breaks a promise comes as a script that breaks it, too") {
  for (const std::string mistake :
       {"ack_at_w_minus_1", "refusal_counts_as_ack", "plain_instead_of_dotted",
        "wall_clock_last_write_wins", "only_newest_sibling_sent", "wiped_node_answers",
        "retry_without_id", "unknown_told_as_refused", "numbers_not_reserved"}) {
    CAPTURE(mistake);
    const auto broken = broken_by(mistake);
    REQUIRE(broken.at("script").is_string());
    const std::string script = broken.at("script");
    const std::size_t lines = lines_of(script).size();
    MESSAGE(mistake, ": ", lines, " lines");
    CHECK(lines <= 40);
    const ProgramEnd again = sim({"-"}, script);
    CHECK(again.status == 1);
    const std::string promise = broken.at("promise");
    const auto came = again.out.find("came " + promise + " is broken: ");
    REQUIRE(came != std::string::npos);
    const std::string sentence =
        again.out.substr(came, again.out.find('\n', came) - came);
    CHECK(kind_of(sentence) == kind_of(broken.at("sentence")));
    const auto at = script.find(" mistake=");
    const ProgramEnd right =
        sim({"-"}, script.substr(0, at) + script.substr(script.find('\n', at)));
    CAPTURE(right.out);
    CHECK(right.status == 0);
  }
}

TEST_CASE("where no script breaks it, it is said why") {
  for (const std::string mistake : {"own_id_reused", "no_read_repair"}) {
    CAPTURE(mistake);
    const auto broken = broken_by(mistake);
    CHECK(broken.at("promise") == "live");
    CHECK(broken.at("script").is_null());
    CHECK(broken.at("no_script") ==
          "a promise of liveness is about clients that a script does not have");
  }
  const ProgramEnd text = sim({"--seeds", "1", "--mistake", "no_read_repair"});
  CHECK(text.out.find("\nno script: a promise of liveness is about clients ") !=
        std::string::npos);
}

TEST_CASE("the lines that are shown are those of what went wrong") {
  for (const std::string mistake :
       {"ack_at_w_minus_1", "plain_instead_of_dotted", "wiped_node_answers"}) {
    CAPTURE(mistake);
    const auto broken = broken_by(mistake);
    // "key k0: get of c4 at t=10.799..11.06 saw ..."
    const std::string sentence = broken.at("sentence");
    CAPTURE(sentence);
    const auto at = sentence.find(" at t=") + 4;
    const auto dots = sentence.find("..", at);
    const std::string begin = sentence.substr(at, dots - at);
    const std::string end =
        "t=" + sentence.substr(dots + 2, sentence.find(' ', dots) - dots - 2);
    const std::string key = sentence.substr(4, sentence.find(':') - 4);
    const std::string client = sentence.substr(at - 6, 2);
    const std::vector<std::string> tail = broken.at("tail");
    CHECK(tail.size() <= 41);
    const auto has = [&](const std::string& when, const std::string& what) {
      return std::ranges::any_of(tail, [&](const std::string& line) {
        return line.starts_with(when + " ") && line.find(what) != std::string::npos;
      });
    };
    CHECK(has(begin, "get " + key));
    CHECK(has(end, "-> " + client));
  }
}

TEST_CASE("the page of the simulator has all words of a script") {
  const std::string page =
      read_file(KV_SOURCE_DIR "/v4_replicated_kv/simulation/README.md");
  // What a wrong line is told that it might have said.
  const auto offered = [](const std::string& line) {
    const std::string text = sim({"-"}, line).err;
    const std::string kBefore = " one of ";
    const auto at = text.find(kBefore);
    REQUIRE(at != std::string::npos);
    std::istringstream list(text.substr(at + kBefore.size()));
    std::vector<std::string> words;
    for (std::string word; list >> word;) {
      if (word.ends_with(',')) word.pop_back();
      words.push_back(word);
    }
    return words;
  };
  const auto check = [&](const std::string& line, std::size_t count, const char* end) {
    const auto words = offered(line);
    CHECK(words.size() == count);
    for (const std::string& word : words) {
      CAPTURE(word);
      const bool is_there = page.find("`" + word + end) != std::string::npos ||
                            page.find(" " + word + end) != std::string::npos;
      CHECK(is_there);
    }
  };
  check("cluster zzzzzzzz=1", 20, "=");
  check("cluster nodes=3\nput n1 a=b zzzzzzzz=1", 7, "=");
  const auto statements = offered("cluster nodes=3\nat 5ms");
  CHECK(statements.size() == 32);
  for (const std::string& word : statements) {
    CAPTURE(word);
    CHECK(page.find("`" + word) != std::string::npos);
  }
}
