// Ten million lines: taken, with progress, in bounded memory.
#include <filesystem>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "tests/programs/run_program.hpp"

using namespace kv;

namespace {

constexpr std::uint64_t kLines = 10'000'000;

const std::string& big_file(const TempDir& dir) {
  static std::string path = dir.path() + "/keys";
  std::ofstream file(path, std::ios::binary);
  for (std::uint64_t i = 0; i < kLines; ++i) file << "user:" << i << ":profile\n";
  REQUIRE(file.flush().good());
  return path;
}

}  // namespace

TEST_CASE("ten million lines fit in 1.5 GB in every stage, and progress is told") {
  if (std::string(KV_SANITIZE) != "") return;  // sanitizers keep shadows of their own
  const TempDir dir;
  const std::string& path = big_file(dir);
  for (const std::string& stage : kStages) {
    CAPTURE(stage);
    const Outcome outcome = run_program({stage, "--keys", path, "--trials", "4"});
    CHECK(outcome.status == 0);
    CHECK(outcome.out.find("10,000,000 keys") != std::string::npos);
    CHECK(outcome.peak_bytes < 1'500'000'000);
    CHECK(outcome.err.find(" of ") != std::string::npos);
    const Outcome quiet = run_program({stage, "--keys", "10", "--quiet"});
    CHECK(quiet.err.empty());
  }
}

TEST_CASE("the default run of every program stays under 200 MB") {
  if (std::string(KV_SANITIZE) != "") return;
  for (const std::string& program : kPrograms) {
    CAPTURE(program);
    const Outcome outcome = run_program({program, "--trials", "3"});
    CHECK(outcome.status == 0);
    CHECK(outcome.peak_bytes < 200'000'000);
  }
}
