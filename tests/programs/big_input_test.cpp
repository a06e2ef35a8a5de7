// Ten million lines: taken, with progress, in bounded memory.
#include <chrono>
#include <fstream>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "tests/programs/run_program.hpp"

using namespace kv;

namespace {

constexpr std::uint64_t kLines = 10'000'000;

std::string big_file(const TempDir& dir) {
  const std::string path = dir.path() + "/keys";
  std::ofstream file(path, std::ios::binary);
  for (std::uint64_t i = 0; i < kLines; ++i) file << "user:" << i << ":profile\n";
  REQUIRE(file.flush().good());
  return path;
}

}  // namespace

TEST_CASE("ten million lines fit in 1.5 GB in every stage, and progress is told") {
  if (!std::string_view(KV_SANITIZE).empty())
    return;  // sanitizers keep shadows of their own
  const TempDir dir;
  const std::string path = big_file(dir);
  for (const std::string& stage : kStages) {
    CAPTURE(stage);
    const auto start = std::chrono::steady_clock::now();
    const ProgramEnd outcome = run_program({stage, "--keys", path, "--trials", "4"});
    const auto took = std::chrono::steady_clock::now() - start;
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("10,000,000 keys") != std::string::npos);
    CHECK(outcome.peak_bytes < 1'500'000'000);
    // Progress is promised to whoever waits longer than a second, and asked for at least
    // ten times a second; a machine fast enough to be done by then owes none.
    if (took > std::chrono::seconds(3))
      CHECK(outcome.err.find(" of ") != std::string::npos);
    const ProgramEnd quiet = run_program({stage, "--keys", "10", "--quiet"});
    CHECK(quiet.err.empty());
  }
}

TEST_CASE("the default run of every program stays under 200 MB") {
  if (!std::string_view(KV_SANITIZE).empty()) return;
  for (const std::string& program : kPrograms) {
    CAPTURE(program);
    const ProgramEnd outcome = run_program({program, "--trials", "3"});
    CHECK(outcome.status == 0);
    CHECK(outcome.peak_bytes < 200'000'000);
  }
}
