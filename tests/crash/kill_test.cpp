// A process that is killed at any of its calls loses nothing that it acknowledged.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "common/base/rng.hpp"
#include "tests/crash/judge.hpp"
#include "tests/crash/surroundings.hpp"

using namespace kv;
using namespace kv::test;

namespace {

constexpr std::uint64_t kThreads = 3;
constexpr std::uint64_t kOps = 300;
constexpr int kKilled = 128 + 9;

std::vector<std::string> writer(const std::string& directory, std::uint64_t life,
                                const std::string& policy) {
  return {KV_BIN_DIR "/store_writer",
          directory,
          std::to_string(life),
          std::to_string(kThreads),
          std::to_string(kOps),
          policy,
          "32768"};
}

// A system call, and up to its how-manieth in one thread a life surely comes.
struct CrashPoint {
  const char* call;
  std::uint64_t most;
};

const std::vector<CrashPoint> kPoints{
    {"pwrite64", 30}, {"fdatasync", 25}, {"pwrite64", 6}, {"renameat", 6},
    {"fdatasync", 6}, {"unlinkat", 5},   {"write", 100},  {"pwrite64", 60},
    {"fsync", 5},     {"ftruncate", 1},  {"openat", 20}};

std::string killed_at(const CrashPoint& point, std::uint64_t at) {
  return fmt::format("inject={}:signal=KILL:when={}", point.call, at);
}

}  // namespace

// A life in two is judged, so that recoveries are killed as well, and what they left.
TEST_CASE("killed at a hundred system calls, nothing acknowledged is lost") {
  if (!has_program("strace")) return;
  const TempDir dir;
  const std::string store = dir.path() + "/store";
  Judge judge;
  Rng rng(1);
  std::uint64_t acknowledged = 0;
  int killed = 0;
  int lives = 0;
  for (; killed < 100 && lives < 200; ++lives) {
    const CrashPoint& point = kPoints[static_cast<std::size_t>(lives) % kPoints.size()];
    const std::uint64_t at = 1 + rng.below(point.most);
    CAPTURE(lives);
    CAPTURE(point.call);
    CAPTURE(at);
    std::vector<std::string> words{"/usr/bin/strace",
                                   "-E",
                                   kNoLeakCheck,
                                   "-f",
                                   "-qq",

                                   "-o",
                                   "/dev/null",
                                   "-e",
                                   fmt::format("trace={}", point.call),
                                   "-e",
                                   killed_at(point, at)};
    const auto life = static_cast<std::uint64_t>(lives);
    for (std::string& word : writer(store, life, "always")) {
      words.push_back(std::move(word));
    }
    const ProgramEnd outcome = run_program(words);
    CAPTURE(outcome.err);
    REQUIRE((outcome.status == 0 || outcome.status == kKilled));
    killed += outcome.status == kKilled ? 1 : 0;
    acknowledged += judge.heard(outcome.out, life, kThreads, kOps);
    if (lives % 2 == 0) continue;
    const auto verdict = judge.judge(store);
    CAPTURE(verdict.first);
    REQUIRE(verdict.lost == 0);
    const ProgramEnd verified = run_program({"v4_replicated_kv", "wal", "verify", store});
    CAPTURE(verified.out);
    REQUIRE(verified.status == 0);
  }
  MESSAGE(killed, " kills in ", lives, " lives, ", acknowledged,
          " operations acknowledged, 0 lost");
  CHECK(killed == 100);
  CHECK(acknowledged > 1000);
}

// Why kills are not enough: what was written is in the system's memory, and stays.
TEST_CASE("a kill does not catch a store that acknowledges before it syncs") {
  const TempDir dir;
  const std::string store = dir.path() + "/store";
  Judge judge;
  const std::string output = dir.path() + "/said";
  {
    Beside beside({"store_writer", store, "0", "1", "100000", "never", "1048576"},
                  output);
    beside.wait_for("ack 0 1500\n");
    beside.kill();
    CHECK(beside.wait(20) == kKilled);
  }
  CHECK(judge.heard(read_file(output), 0, 1, 100000) > 1500);
  CHECK(judge.judge(store).lost == 0);
}
