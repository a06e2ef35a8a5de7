// The scenes of the fourth stage, as a person meets them: flags, formats, a directory
// that cannot be used, an interruption.
#include "common/experiment/scenes.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/crash/surroundings.hpp"
#include "tests/programs/refusal.hpp"
#include "tests/programs/run_program.hpp"

using namespace kv;
using namespace kv::test;
using Json = nlohmann::json;

namespace {

// The least that there can be of statistics.
const std::string kSmall = " --keys 100 --trials 0 --vnodes 10 --step none ";

ProgramEnd play(const std::string& flags, const std::string& before = "") {
  return run_shell(before + " v4_replicated_kv" + kSmall + flags);
}

ProgramEnd play_in(const std::string& directory, const std::string& flags) {
  return play(flags, "TMPDIR=" + directory);
}

}  // namespace

TEST_CASE("scenes: all by default, in the order of the lesson, and all come out") {
  const TempDir dir;
  const ProgramEnd outcome = play_in(dir.path(), "--format json --quiet");
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.err.empty());
  const Json scenes = Json::parse(outcome.out)["scenes"];
  REQUIRE(scenes.size() == kSceneNames.size());
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    const Json& scene = scenes[i];
    CHECK(scene["name"] == kSceneNames.at(i));
    CHECK(scene["ok"] == true);
    CHECK(scene["question"].is_string());
    CHECK(scene["meaning"].is_string());
    CHECK(scene["took_ms"].is_number());
    CHECK(scene["predicted"].size() == scene["measured"].size());
    for (const auto& [name, value] : scene["measured"].items()) {
      CAPTURE(name);
      CHECK(scene["labels"][name].is_string());
      const Json& predicted = scene["predicted"][name];
      if (predicted.is_number() || predicted.is_string()) CHECK(predicted == value);
      if (predicted.is_array()) CHECK(name.ends_with("_ms"));
    }
  }
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE(
    "scenes: the screen differs in its times only, and not where a scene is played "
    "alone") {
  const std::string flags = "--scenes stale_node,put_and_get";
  const ProgramEnd first = play(flags);
  const ProgramEnd again = play(flags);
  CHECK(first.status == 0);
  CHECK(first.out == again.out);
  CHECK(first.out.find("SCENE 1              stale_node: ") != std::string::npos);
  CHECK(first.out.find("SCENE 2              put_and_get: ") != std::string::npos);
  CHECK(first.out.find("SCENE 3") == std::string::npos);
  CHECK(first.out.find("OFF") == std::string::npos);
  const ProgramEnd timed = play("--scenes slow_replica --format json");
  CHECK(without_times(timed.out) ==
        without_times(play("--scenes slow_replica --format json").out));
  CHECK(without_times(timed.out).find("\"put_w2_ms\": #") != std::string::npos);
}

TEST_CASE("scenes: none leaves them out, and csv has no place for them") {
  // A directory that cannot be used does not matter where none is made.
  const ProgramEnd none = play_in("/proc/nowhere", "--scenes none");
  CHECK(none.status == 0);
  CHECK(none.err.empty());
  CHECK(none.out.find("SCENE") == std::string::npos);
  const ProgramEnd json = play_in("/proc/nowhere", "--scenes none --format json");
  CHECK_FALSE(Json::parse(json.out).contains("scenes"));
  const ProgramEnd csv = play_in("/proc/nowhere", "--format csv");
  CHECK(csv.status == 0);
  CHECK(csv.out == play("--scenes none --format csv").out);
}

TEST_CASE("scenes: the rest of the screen is the same with and without them") {
  const std::string with = play("--scenes put_and_get").out;
  const std::string without = play("--scenes none").out;
  const auto begin = with.find("A CLUSTER AT WORK");
  const auto end = with.find("WHY  ");
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  CHECK(with.substr(0, begin - 1) + with.substr(end) == without);
}

TEST_CASE(
    "scenes: a name that is none is refused with the closest, before anything runs") {
  check_refused_by("v4_replicated_kv", play("--scenes slow_replcia"), 2,
                   "--scenes slow_replcia: is no scene; did you mean slow_replica? takes "
                   "all, none, or some of put_and_get, slow_replica, node_down, ");
  check_refused_by("v4_replicated_kv", play("--scenes node_down,to_few"), 2,
                   "did you mean too_few?");
  check_refused_by("v4_replicated_kv", play("--scenes ALL"), 2,
                   "ALL: is no scene; takes all, none, or some of");
  check_refused_by("v4_replicated_kv", play("--scenes node_down,"), 2,
                   "\"\": is no scene");
  check_refused_by("v4_replicated_kv", play("--scenes node_down,none"), 2,
                   "none: stands alone");
  check_refused_by("v4_replicated_kv", play("--scenes node_down,node_down"), 2,
                   "node_down: is named twice");
  check_refused_by("v4_replicated_kv", play("--scenes"), 2, "--scenes: needs a value");
  const ProgramEnd other = run_program({"v3_virtual_nodes", "--scenes", "none"});
  CHECK(other.status == 2);
  const ProgramEnd help = run_program({"v4_replicated_kv", "--help"});
  CHECK(help.out.find("--scenes LIST") != std::string::npos);
  CHECK(help.out.find("many_threads") != std::string::npos);
}

TEST_CASE(
    "scenes: what a person asked about is on standard error, and not with --quiet") {
  const ProgramEnd outcome = play("--scenes many_threads");
  CHECK(outcome.err.find("operations a second") != std::string::npos);
  CHECK(play("--scenes many_threads --quiet").err.empty());
}

TEST_CASE("scenes: a temporary directory that cannot be used is one line") {
  const TempDir dir;
  const std::string file = dir.file("file", "");
  check_refused_by("v4_replicated_kv", play_in("/nowhere/at/all", ""), 1,
                   "/nowhere/at/all: no directory can be");
  check_refused_by("v4_replicated_kv", play_in(file, ""), 1, "Not a directory");
  check_refused_by("v4_replicated_kv", play_in("/proc", ""), 1, "--scenes none");
}

TEST_CASE("scenes: a directory that may not be written is one line") {
  const TempDir dir;
  const std::string locked = dir.path() + "/locked";
  // Root may write everywhere, so the program runs as nobody.
  const ProgramEnd outcome = run_shell("chmod 711 " + dir.path() + "; mkdir -m 555 " +
                                       locked + "; export TMPDIR=" + locked +
                                       "; as=; [ $(id -u) = 0 ] && as='setpriv --reuid "
                                       "65534 --clear-groups'; $as $(command "
                                       "-v v4_replicated_kv)" +
                                       kSmall);
  check_refused_by("v4_replicated_kv", outcome, 1, "Permission denied");
}

TEST_CASE("scenes: files that may not grow are one line, and none is left") {
  const TempDir dir;
  const ProgramEnd outcome =
      run_shell("ulimit -f 8; TMPDIR=" + dir.path() + " v4_replicated_kv" + kSmall);
  CAPTURE(outcome.err);
  CHECK(outcome.status == 1);
  CHECK(std::ranges::count(outcome.err, '\n') == 1);
  CHECK(std::filesystem::is_empty(dir.path()));
}

TEST_CASE(
    "scenes: without room in the temporary directory it says so, and leaves nothing") {
  if (!can_mount()) return;
  const SmallDisk disk("1m");
  check_refused_by("v4_replicated_kv", play_in(disk.path(), ""), 1,
                   " KiB are free, and the scenes take up to ");
  CHECK(std::filesystem::is_empty(disk.path()));
}

TEST_CASE("scenes: as much room as they say they take is enough") {
  if (!can_mount()) return;
  // A megabyte more: the kernel counts a tmpfs's pages by CPU, and may call some taken.
  const SmallDisk disk("9m");
  const ProgramEnd outcome = play_in(disk.path(), "--quiet");
  CAPTURE(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(std::filesystem::is_empty(disk.path()));
}

TEST_CASE("scenes: nothing is left by a program that is interrupted") {
  const std::vector<std::pair<std::string, int>> signals{
      {"INT", SIGINT}, {"TERM", SIGTERM}, {"HUP", SIGHUP}, {"QUIT", SIGQUIT}};
  for (const auto& [signal, number] : signals) {
    CAPTURE(signal);
    const TempDir dir;
    // Sent once there is something to remove. A shell's job ignores what the shell does.
    const ProgramEnd outcome = run_shell(
        "ulimit -c 0; export TMPDIR=" + dir.path() +
        "; env --default-signal v4_replicated_kv" + kSmall +
        "> /dev/null & until [ -e $TMPDIR/*/*/n3/MANIFEST ]; do :; done 2> /dev/null; "
        "kill -s " +
        signal + " $!; wait $!; echo $?");
    CHECK(outcome.out == std::to_string(128 + number) + "\n");
    CHECK(std::filesystem::is_empty(dir.path()));
  }
}

TEST_CASE("scenes: a signal that is to be ignored goes on being ignored") {
  const TempDir dir;
  const ProgramEnd outcome = run_shell(
      "export TMPDIR=" + dir.path() + "; trap '' INT; v4_replicated_kv" + kSmall +
      "--quiet > /dev/null & until [ -e $TMPDIR/*/*/n3/MANIFEST ]; do :; done 2> "
      "/dev/null; kill -s INT $!; wait $!; echo $?");
  CHECK(outcome.out == "0\n");
  CHECK(std::filesystem::is_empty(dir.path()));
}
