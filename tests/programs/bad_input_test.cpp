// Whatever a person or a script gets wrong: the promised exit status, one clear line on
// standard error, and nothing on standard output.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/programs/run_program.hpp"

using namespace kv;

namespace {

void check_refused(const Outcome& outcome, int status, const std::string& part) {
  CAPTURE(outcome.err);
  CHECK(outcome.status == status);
  CHECK(outcome.out.empty());
  CHECK(std::ranges::count(outcome.err, '\n') == 1);
  CHECK(outcome.err.ends_with('\n'));
  CHECK(outcome.err.find(part) != std::string::npos);
}

void check_refused(std::vector<std::string> words, int status, const std::string& part) {
  for (const std::string& word : words) CAPTURE(word);
  check_refused(run_program(words), status, part);
}

}  // namespace

TEST_CASE("every program refuses a bad flag or value with status 2 and one line") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"--frobnicate"}, "--frobnicate: is not a flag of"},
      {{"--frobnicate=1"}, "is not a flag of"},
      {{"-k"}, "-k: is not a flag of"},
      {{"stray"}, "stray: is not behind any flag"},
      {{"--keys"}, "--keys: needs a value"},
      {{"--seed", "1", "--seed", "2"}, "--seed: is given twice"},
      {{"--keys", "0"}, "--keys 0: takes a whole number from 1"},
      {{"--keys", "99999999999999999999"}, "takes a whole number from 1"},
      {{"--keys", ""}, "--keys \"\": takes"},
      {{"--nodes", "0"}, "--nodes 0: takes a whole number from 1 to 65535"},
      {{"--nodes", "65536"}, "takes a whole number from 1 to 65535"},
      {{"--nodes", "a,b,a"}, "a is listed twice"},
      {{"--nodes", "a,,b"}, "a node's name is 1 to 64 bytes"},
      {{"--nodes", "a\nb"}, "--nodes a\\x0ab: a node's name"},
      {{"--step", "add:node_1"}, "node_1 is in the cluster already"},
      {{"--step", "remove:ghost"}, "there is no node ghost"},
      {{"--step", "explode:node_1"}, "--step explode:node_1: takes add:NAME"},
      {{"--nodes", "1", "--step", "remove:node_1"}, "node_1 is the last node"},
      {{"--step", "none", "--step", "none"}, "stands alone"},
      {{"--hash", "sha1"}, "--hash sha1: takes one of xxh3"},
      {{"--seed", "-1"}, "--seed -1: takes a whole number from 0"},
      {{"--seed", "18446744073709551616"}, "takes a whole number from 0"},
      {{"--trials", "1e3"}, "--trials 1e3: takes a whole number"},
      {{"--trials", "100001"}, "takes a whole number from 0 to 100000"},
      {{"--format", "xml"}, "--format xml: takes one of text, json, csv"},
      {{"--color", "sometimes"}, "takes one of auto, always, never"},
      {{"--predict", "speed=3"}, "--predict speed=3: takes NAME=VALUE"},
      {{"--predict", "moved=lots"}, "the value is a number"},
      {{"--predict", "moved=9%", "--step", "none"}, "nothing moves without a step"},
      {{"--quiet=perhaps"}, "--quiet"},
  };
  for (const std::string& program : kPrograms) {
    for (const auto& [flags, part] : cases) {
      std::vector<std::string> words{program};
      words.insert(words.end(), flags.begin(), flags.end());
      check_refused(words, 2, part);
      CHECK(run_program(words).err.starts_with(program + ": "));
    }
  }
}

TEST_CASE("weights and tokens are refused where a stage has none") {
  for (const std::string program : {"v1_modular", "v2_consistent"}) {
    check_refused({program, "--nodes", "a:2,b"}, 2,
                  "has no weights; v3_virtual_nodes has");
    check_refused({program, "--step", "weight:node_1:2"}, 2, "has no weights");
    check_refused({program, "--vnodes", "8"}, 2, "--vnodes: is not a flag of");
  }
  check_refused({"compare", "--nodes", "a:2,b"}, 2, "compare has no weights");
}

TEST_CASE("weights and tokens out of range are refused by the stage that has them") {
  for (const std::string weight : {"0", "-1", "nan", "1e3", "1000001", ""}) {
    check_refused({"v3_virtual_nodes", "--nodes", "a:" + weight + ",b"}, 2,
                  "a weight is a number above 0");
    check_refused({"v3_virtual_nodes", "--step", "weight:node_1:" + weight}, 2,
                  "a weight is a number above 0");
  }
  check_refused({"v3_virtual_nodes", "--vnodes", "0"}, 2, "takes a whole number from 1");
  check_refused({"v3_virtual_nodes", "--vnodes", "1000001"}, 2,
                "takes a whole number from 1");
  check_refused({"v3_virtual_nodes", "--nodes", "65535"}, 2, "1310700000 tokens");
  check_refused({"v3_virtual_nodes", "--step", "add:x:1000000"}, 2, "take fewer");
}

TEST_CASE("a tiny weight is taken and still owns something") {
  const auto outcome =
      run_program({"v3_virtual_nodes", "--nodes", "a,b:0.000001", "--vnodes", "4",
                   "--keys", "1000", "--trials", "0", "--step", "none"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
}

TEST_CASE("every program says why a key file cannot be used, with status 1") {
  const TempDir dir;
  const std::string empty = dir.file("empty", "");
  const std::string blank = dir.file("blank", "\n\r\n\n");
  const std::string binary = dir.file("binary", std::string(3 << 20, '\0'));
  for (const std::string& program : kPrograms) {
    check_refused({program, "--keys", dir.path() + "/missing"}, 1,
                  "missing: cannot be opened: No such file or directory");
    check_refused({program, "--keys", empty + "/below-a-file"}, 1, "Not a directory");
    check_refused({program, "--keys", dir.path()}, 1, "cannot be read: Is a directory");
    check_refused({program, "--keys", empty}, 1, "holds no key (0 empty lines)");
    check_refused({program, "--keys", blank}, 1, "holds no key (3 empty lines)");
    check_refused({program, "--keys", binary}, 1, "line 1 is longer than 1048576 bytes");
    check_refused({program, "--keys", "-"}, 1, "standard input: holds no key");
  }
}

TEST_CASE("a file that may not be read is refused") {
  const TempDir dir;
  const std::string secret = dir.file("secret", "key\n");
  // Root may read everything, so the program runs as nobody.
  const auto outcome = run_shell(
      "chmod 711 " + dir.path() + " && chmod 600 " + secret +
      " && if [ $(id -u) = 0 ]; then setpriv --reuid 65534 --clear-groups $(command "
      "-v v1_modular) --keys " +
      secret + "; else chmod 0 " + secret + " && v1_modular --keys " + secret + "; fi");
  check_refused(outcome, 1, "secret: cannot be opened: Permission denied");
}

TEST_CASE(
    "binary keys, CRLF, repeats and a last line without newline are keys like others") {
  const std::string input("a\0b\n\xff\xfe\r\nsame\nsame\nlast", 21);
  const auto outcome = run_program({"v1_modular", "--keys", "-", "--trials", "0",
                                    "--format", "json", "--step", "none"},
                                   {.input = input});
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("\"count\": 5") != std::string::npos);
  CHECK(outcome.out.find("\"distinct\": 4") != std::string::npos);
}

TEST_CASE("an output that cannot be written is an error with status 1") {
  for (const std::string format : {"text", "json", "csv"}) {
    check_refused(
        run_program({"v1_modular", "--keys", "10", "--trials", "0", "--format", format},
                    {.output = "/dev/full"}),
        1, "standard output: cannot be written: No space left on device");
  }
  const TempDir dir;
  check_refused({"v2_consistent", "--keys", "10", "--trials", "0", "--report",
                 dir.path() + "/no/such/place.html"},
                1, "place.html: cannot be written: No such file or directory");
  check_refused(
      {"v2_consistent", "--keys", "10", "--trials", "0", "--report", dir.path()}, 1,
      "cannot be written: Is a directory");
}

TEST_CASE("a pipe that nobody reads is an error with status 1, not a signal") {
  // `read` takes one byte of the first line and closes; the rest is more than a pipe
  // holds.
  const auto outcome = run_shell(
      "{ v1_modular --nodes 2000 --keys 2000 --trials 0 --format csv; echo $? >&2; } | "
      "true");
  CHECK(outcome.err ==
        "v1_modular: standard output: cannot be written: Broken pipe\n1\n");
}
