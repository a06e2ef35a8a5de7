// A machine that loses its power: of what was not synced nothing is left, or anything.
#include <string>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/crash/judge.hpp"
#include "tests/crash/surroundings.hpp"

using namespace kv;
using namespace kv::test;

namespace {

constexpr std::uint64_t kWriterThreads = 4;
constexpr std::uint64_t kOpsNeverDone = 1'000'000;  // more than there is time for

// Writes until the power fails, once a thread's operation `op` was acknowledged, and
// answers what was said.
std::string life_until_cut(CuttableDisk& disk, std::uint64_t life,
                           const std::string& policy, const std::string& segment_bytes,
                           std::uint64_t op) {
  const TempDir dir;
  Beside writer({"store_writer", disk.path() + "/store", std::to_string(life),
                 std::to_string(kWriterThreads), std::to_string(kOpsNeverDone), policy,
                 segment_bytes},
                dir.path() + "/said");
  writer.wait_for("ack 0 " + std::to_string(op) + "\n");
  disk.cut();
  // It finds out by itself, unless it never asks the disk.
  if (policy == "never") writer.kill();
  const int status = writer.wait(20);
  if (policy != "never") CHECK(status == 1);
  return writer.said();
}

}  // namespace

TEST_CASE("in twenty power cuts nothing acknowledged is lost") {
  if (!can_mount() || !has_program("mkfs.ext4")) return;
  CuttableDisk disk;
  Judge judge;
  Rng rng(2);
  std::uint64_t acknowledged = 0;
  for (std::uint64_t life = 0; life < 20; ++life) {
    CAPTURE(life);
    const auto said = life_until_cut(disk, life, "always", "32768", rng.below(400));
    acknowledged += judge.heard(said, life, kWriterThreads, kOpsNeverDone);
    disk.restart();
    const auto verdict = judge.judge(disk.path() + "/store");
    CAPTURE(verdict.first);
    CHECK(verdict.lost == 0);
  }
  MESSAGE("20 power cuts, ", acknowledged, " operations acknowledged, 0 lost");
  CHECK(acknowledged > 500);
}

TEST_CASE("a power cut catches a store that acknowledges before it syncs") {
  if (!can_mount() || !has_program("mkfs.ext4")) return;
  CuttableDisk disk;
  Judge judge;
  // Within the first segment: what is in a sealed one is durable.
  const auto said = life_until_cut(disk, 0, "never", "4194304", 2000);
  CHECK(judge.heard(said, 0, kWriterThreads, kOpsNeverDone) > 100);
  disk.restart();
  const auto verdict = judge.judge(disk.path() + "/store");
  MESSAGE("without syncs: ", verdict.lost, " keys lost; ", verdict.first);
  CHECK(verdict.lost > 0);
}
