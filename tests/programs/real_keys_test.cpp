// Real keys that Debian packages ship: English words, and the senses of WordNet.
#include <algorithm>
#include <cmath>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/programs/run_program.hpp"

using namespace kv;
using Json = nlohmann::json;

namespace {

constexpr const char* kWords = "/usr/share/dict/american-english";
constexpr const char* kSenses = "/usr/share/wordnet/index.sense";

std::uint64_t line_count(const std::string& path) {
  return static_cast<std::uint64_t>(std::ranges::count(read_file(path), '\n'));
}

void check_real_keys(const Json& run, std::uint64_t lines) {
  CHECK(run["keys"]["count"] == lines);
  CHECK(run["keys"]["distinct"] == lines);
  for (const Json& step : run["steps"]) {
    for (const Json& prediction : step["predictions"]) {
      CAPTURE(prediction["name"].get<std::string>());
      CHECK(prediction["agrees"] == true);
    }
  }
}

}  // namespace

TEST_CASE("predictions hold on a real word list") {
  const std::uint64_t lines = line_count(kWords);
  CHECK(lines > 100'000);
  for (const std::string& stage : kStages) {
    CAPTURE(stage);
    const ProgramEnd outcome =
        run_program({stage, "--keys", kWords, "--trials", "0", "--format", "json"});
    REQUIRE(outcome.status == 0);
    check_real_keys(Json::parse(outcome.out), lines);
  }
}

TEST_CASE("predictions hold on WordNet's sense keys through a pipe") {
  const std::uint64_t lines = line_count(kSenses);
  CHECK(lines > 200'000);
  for (const std::string& stage : kStages) {
    CAPTURE(stage);
    const ProgramEnd outcome = run_shell("cut -d' ' -f1 " + std::string(kSenses) + " | " +
                                         stage + " --keys - --trials 0 --format json");
    REQUIRE(outcome.status == 0);
    const Json run = Json::parse(outcome.out);
    CHECK(run["keys"]["source"] == "standard input");
    check_real_keys(run, lines);
  }
}

TEST_CASE("keys that repeat are kept, counted, and do not mislead the predictions") {
  // Every word a hundred times: 1,000 keys that scatter like 10, with a CV of sqrt(3/10).
  std::string input;
  for (int i = 0; i < 1000; ++i) input += "word-" + std::to_string(i % 10) + "\n";
  const ProgramEnd outcome =
      run_program({"v1_modular", "--keys", "-", "--trials", "0", "--format", "json"},
                  {.input = input});
  const Json run = Json::parse(outcome.out);
  CHECK(run["keys"]["count"] == 1000);
  CHECK(run["keys"]["distinct"] == 10);
  const Json& spread = run["steps"][0]["predictions"][0];
  CHECK(spread["name"] == "cv");
  CHECK(spread["predicted"].get<double>() == doctest::Approx(std::sqrt(0.3)));
}
