// Whatever a person or a script gets wrong: the promised exit status, one clear line on
// standard error, and nothing on standard output.
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include "tests/programs/refusal.hpp"
#include "tests/programs/run_program.hpp"

using namespace kv;

namespace {

void check_refused(const std::vector<std::string>& words, int status,
                   const std::string& part) {
  const std::string command = fmt::format("{}", fmt::join(words, " "));
  CAPTURE(command);
  check_refused(run_program(words), status, part);
}

}  // namespace

TEST_CASE("every program refuses a bad flag or value with status 2 and one line") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"--frobnicate"}, "--frobnicate: is not a flag of"},
      {{"--frobnicate=1"}, "is not a flag of"},
      {{"-k"}, "-k: is not a flag of"},
      {{"--keys"}, "--keys: needs a value"},
      {{"--seed", "1", "--seed", "2"}, "--seed: is given twice"},
      {{"--keys", "0"}, "--keys 0: takes a whole number from 1"},
      {{"--keys", "99999999999999999999"}, "takes a whole number from 1"},
      {{"--keys", ""}, "--keys: needs a value"},
      {{"--nodes", "0"}, "--nodes 0: takes a whole number from 1 to 65535"},
      {{"--nodes", "65536"}, "takes a whole number from 1 to 65535"},
      {{"--nodes", "65535"}, "--step add:node_65536: a run takes at most 65535"},
      {{"--nodes", "a,b,a"}, "a is listed twice"},
      {{"--nodes", "a,,b"}, "a node's name is 1 to 64 bytes"},
      {{"--nodes", "a\nb"}, "--nodes a\\x0ab: a node's name"},
      {{"--step", "add:node_1"}, "node_1 is in the cluster already"},
      {{"--step", "remove:ghost"}, "there is no node ghost"},
      {{"--step", "explode:node_1"}, "--step explode:node_1: takes add:NAME"},
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
      {{"--predict", "moved=9"}, "the value is a number from 0 to 1"},
      {{"--predict", "donors=99999999999999999999999"}, "the value is a number from 0"},
      {{"--predict", ""}, "--predict: needs a value"},
      {{"--report="}, "--report: needs a value"},
      {{"--nodes=", "--trials=0"}, "--nodes: needs a value"},
      {{"--nodes", "--trials=0"}, "--nodes: needs a value"},
      {{"--step"}, "--step: needs a value"},
      {{"--nodes=-1"}, "a node's name is"},
      {{"--ascii=1"}, "--ascii: takes no value"},
      {{"--help=0"}, "--help: takes no value"},
      {{"--version=x"}, "--version: takes no value"},
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

TEST_CASE("words without a flag, and steps that leave no node, are refused as well") {
  for (const std::string program :
       {"v1_modular", "v2_consistent", "v3_virtual_nodes", "compare"}) {
    check_refused({program, "stray"}, 2, "stray: is not behind any flag");
    check_refused({program, "--nodes", "1", "--step", "remove:node_1"}, 2,
                  "node_1 is the last node");
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
  check_refused({"v3_virtual_nodes", "--nodes", "65534"}, 2, "1310680000 tokens");
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

TEST_CASE("a report goes where the path leads, and replaces nothing but a file") {
  const TempDir dir;
  const std::vector<std::string> run{"v2_consistent", "--keys", "10",
                                     "--trials",      "0",      "--report"};
  const auto report_to = [&](const std::string& path) {
    auto words = run;
    words.push_back(path);
    return run_program(words);
  };
  const std::string page = dir.file("page.html", "old");
  REQUIRE(symlink(page.c_str(), (dir.path() + "/link.html").c_str()) == 0);
  CHECK(report_to(dir.path() + "/link.html").status == 0);
  CHECK(std::filesystem::is_symlink(dir.path() + "/link.html"));
  CHECK(read_file(page).starts_with("<!doctype html>"));
  // A pipe is written to and stays a pipe; a device that is full says so.
  const auto piped = run_shell(
      "mkfifo pipe && { cat pipe > copy & v2_consistent --keys 10 "
      "--trials 0 --quiet --report pipe > text && wait; } && test -p "
      "pipe && head -c 15 copy",
      {.directory = dir.path()});
  CHECK(piped.out == "<!doctype html>");
  check_refused(report_to("/dev/full"), 1, "/dev/full: cannot be written: No space left");
  // Nothing else is left in the directory.
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 5);
}

TEST_CASE("a report never replaces the keys that it is about") {
  const TempDir dir;
  const std::string keys = dir.file("keys", "one\ntwo\n");
  check_refused({"v1_modular", "--keys", keys, "--report", dir.path() + "/./keys"}, 2,
                "is the file that --keys reads");
  CHECK(read_file(keys) == "one\ntwo\n");
}

TEST_CASE(
    "a file that may not grow is an error with status 1, and nothing stays behind") {
  const TempDir dir;
  const auto outcome = run_shell(
      "ulimit -f 1; v2_consistent --keys 1000 --trials 0 --report page.html > /dev/null",
      {.directory = dir.path()});
  CHECK(outcome.status == 1);
  CHECK(outcome.err.find("page.html: cannot be written: File too large") !=
        std::string::npos);
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE("a message that cannot be shown changes no exit status") {
  CHECK(run_shell("v1_modular --frobnicate 2> /dev/full").status == 2);
  CHECK(run_shell("v1_modular --frobnicate 2>&-").status == 2);
  CHECK(run_shell("v1_modular --keys /nowhere 2> /dev/full").status == 1);
}

TEST_CASE("running out of memory is an error with status 1") {
  if (!std::string_view(KV_SANITIZE).empty()) return;  // sanitizers reserve terabytes
  check_refused(run_shell("ulimit -v 400000; v1_modular --keys 900000000 --trials 0"), 1,
                "v1_modular: out of memory; take fewer keys or nodes");
}

TEST_CASE("the sweep leaves out what no machine should hold") {
  const auto outcome =
      run_program({"v3_virtual_nodes", "--nodes", "a:2000,b:1", "--vnodes", "1", "--keys",
                   "1000", "--trials", "0", "--step", "none"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out.find("\n     1,000  ") != std::string::npos);
  CHECK(outcome.out.find("\n    20,000  ") == std::string::npos);
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
