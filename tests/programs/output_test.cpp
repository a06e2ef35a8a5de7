// What the three formats promise, on the real programs.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/programs/json_output.hpp"
#include "tests/programs/run_program.hpp"

using namespace kv;
using Json = nlohmann::json;

namespace {

Json run_of_ten_trials(std::vector<std::string> words, const char* keys = "20000") {
  words.insert(words.end(), {"--keys", keys, "--trials", "10"});
  return json_of(std::move(words));
}

void check_step(const Json& step, bool first) {
  CHECK(names_in(step) == Names{"action", "node", "nodes", "distribution", "remap",
                                "predictions", "trials"});
  std::uint64_t keys = 0;
  double shares = 0;
  for (const Json& node : step["nodes"]) {
    CHECK(names_in(node) == Names{"name", "weight", "keys", "share"});
    keys += node["keys"].get<std::uint64_t>();
    shares += node["share"].get<double>();
  }
  CHECK(keys == 20'000);
  CHECK(shares == doctest::Approx(1));
  CHECK(names_in(step["distribution"]) ==
        Names{"mean", "min", "max", "min_over_mean", "max_over_mean", "stddev", "cv"});
  for (const Json& prediction : step["predictions"]) {
    CHECK(names_in(prediction) ==
          Names{"name", "predicted", "measured", "tolerance", "agrees"});
  }
  CHECK(step["trials"]["count"] == 10);
  for (const Json& figure : step["trials"]["figures"]) {
    CHECK(names_in(figure) == Names{"p5", "mean", "p95"});
    CHECK(figure["p5"] <= figure["p95"]);
  }
  CHECK(step["remap"].is_null() == first);
  CHECK(step["node"].is_null() == first);
  if (first) return;
  const Json& remap = step["remap"];
  CHECK(names_in(remap) == Names{"moved", "moved_share", "predicted_share", "sideways",
                                 "donors", "receivers", "flows"});
  std::uint64_t moved = 0;
  for (const Json& flow : remap["flows"]) {
    CHECK(names_in(flow) == Names{"from", "to", "keys"});
    CHECK(flow["from"] != flow["to"]);
    moved += flow["keys"].get<std::uint64_t>();
  }
  CHECK(remap["moved"] == moved);
}

}  // namespace

TEST_CASE("json has the fields that other programs rely on, and its sums are right") {
  for (const std::string& stage : kStages) {
    CAPTURE(stage);
    const Json run = run_of_ten_trials({stage, "--seed", "18446744073709551615"});
    CHECK(run["stage"] == stage);
    CHECK(run["hash"] == "xxh3");
    CHECK(run["seed"] == "18446744073709551615");
    CHECK(run["keys"]["source"] == "synthetic");
    CHECK(run["keys"]["count"] == 20'000);
    CHECK(run["keys"]["skipped"] == 0);
    CHECK(run["parameters"].contains("vnodes") == (stage == "v3_virtual_nodes"));
    REQUIRE(run["steps"].size() == 3);
    CHECK(run["steps"][0]["action"] == "initial");
    CHECK(run["steps"][1]["action"] == "add");
    CHECK(run["steps"][1]["node"] == "node_5");
    CHECK(run["steps"][2]["action"] == "remove");
    CHECK(run["steps"][2]["node"] == "node_1");
    for (std::size_t s = 0; s < 3; ++s) check_step(run["steps"][s], s == 0);
  }
}

TEST_CASE("from 4 to 5 nodes the remainder moves 80 % and the rings move none sideways") {
  const Json modular = run_of_ten_trials({"v1_modular"})["steps"];
  for (const std::size_t step : {1U, 2U}) {
    CHECK(modular[step]["remap"]["moved_share"].get<double>() ==
          doctest::Approx(0.8).epsilon(0.02));
    CHECK(modular[step]["remap"]["sideways"].get<double>() / 20'000 ==
          doctest::Approx(0.6).epsilon(0.03));
  }
  for (const std::string stage : {"v2_consistent", "v3_virtual_nodes"}) {
    const Json steps = run_of_ten_trials({stage})["steps"];
    CHECK(steps[1]["remap"]["sideways"] == 0);
    CHECK(steps[2]["remap"]["sideways"] == 0);
    for (const Json& flow : steps[1]["remap"]["flows"]) CHECK(flow["to"] == "node_5");
    for (const Json& flow : steps[2]["remap"]["flows"]) CHECK(flow["from"] == "node_1");
  }
}

TEST_CASE(
    "virtual nodes keep four nodes within about one per cent, and print the sweep") {
  const Json run = run_of_ten_trials({"v3_virtual_nodes"}, "1000000");
  CHECK(run["steps"][0]["distribution"]["cv"] < 0.0125);
  std::vector<int> tokens;
  for (const Json& row : run["sweep"]) tokens.push_back(row["vnodes"]);
  CHECK(tokens == std::vector<int>{1, 4, 16, 64, 160, 1000, 4096, 20000});
  CHECK(run["sweep"][4]["predicted_cv"].get<double>() ==
        doctest::Approx(std::sqrt(3.0 / 641)).epsilon(0.01));
}

TEST_CASE("trials off leaves them null") {
  const ProgramEnd outcome = run_program(
      {"v2_consistent", "--keys", "100", "--trials", "0", "--format", "json"});
  CHECK(Json::parse(outcome.out)["steps"][1]["trials"].is_null());
}

TEST_CASE("a wrong prediction is shown beside the run and is no error") {
  const ProgramEnd text = run_program(
      {"v1_modular", "--keys", "1000", "--trials", "0", "--predict", "moved=20%"});
  CHECK(text.status == 0);
  CHECK(text.out.find("YOUR PREDICTION") != std::string::npos);
  const Json run = run_of_ten_trials({"v1_modular", "--predict", "moved=0.2"});
  CHECK(run["your_prediction"]["name"] == "moved");
  CHECK(run["your_prediction"]["value"] == 0.2);
  CHECK(run["your_prediction"]["measured"] == run["steps"][1]["remap"]["moved_share"]);
}

TEST_CASE("csv has one row a node and step, and the same figures as json") {
  for (const std::string& stage : kStages) {
    CAPTURE(stage);
    const ProgramEnd outcome =
        run_program({stage, "--keys", "20000", "--trials", "0", "--format", "csv"});
    const auto lines = lines_of(outcome.out);
    REQUIRE(lines.size() == 1 + 4 + 5 + 4);
    CHECK(lines[0] ==
          "stage,step,action,changed,node,weight,keys,share,mean,min,max,min_over_mean,"
          "max_over_mean,stddev,cv,moved,moved_share,predicted_share,sideways,donors");
    for (const std::string& line : lines) CHECK(std::ranges::count(line, ',') == 19);
    CHECK(lines[1].starts_with(stage + ",0,initial,,node_1,1,"));
    CHECK(lines[1].ends_with(",,,,,"));
    CHECK(lines[5].starts_with(stage + ",1,add,node_5,node_1,1,"));
    CHECK(lines[13].starts_with(stage + ",2,remove,node_1,node_5,1,"));
    const Json run = run_of_ten_trials({stage});
    const std::string moved =
        "," + std::to_string(run["steps"][1]["remap"]["moved"].get<std::uint64_t>()) +
        ",";
    CHECK(lines[5].find(moved) != std::string::npos);
  }
}

TEST_CASE("names with quotes stay one csv field, one json string") {
  const std::vector<std::string> flags{"--nodes", "say\"so,b", "--keys",
                                       "50",      "--trials",  "0",
                                       "--step",  "none",      "--format"};
  std::vector<std::string> words{"v1_modular"};
  words.insert(words.end(), flags.begin(), flags.end());
  words.push_back("csv");
  CHECK(run_program(words).out.find(",\"say\"\"so\",1,") != std::string::npos);
  words.back() = "json";
  CHECK(Json::parse(run_program(words).out)["steps"][0]["nodes"][0]["name"] == "say\"so");
}

TEST_CASE("a file name that is not utf-8 still gives a whole json document") {
  const TempDir dir;
  const std::string path = dir.file("keys-\xff\xfe", "one\ntwo\n");
  const ProgramEnd outcome =
      run_program({"v1_modular", "--keys", path, "--trials", "0", "--format", "json"});
  CHECK(outcome.status == 0);
  CHECK(Json::parse(outcome.out)["keys"]["count"] == 2);
}

TEST_CASE("compare gives one column a stage, and the stages' own figures") {
  const Json all = run_of_ten_trials({"compare", "--vnodes", "200"});
  CHECK(all["stage"] == "compare");
  REQUIRE(all["stages"].size() == 4);
  for (const Json& stage : all["stages"]) {
    std::vector<std::string> words{stage["stage"], "--step", "add:node_5", "--step",
                                   "remove:node_1"};
    const bool has_tokens = stage["parameters"].contains("vnodes");
    if (has_tokens) words.insert(words.end(), {"--vnodes", "200"});
    const bool has_scenes = stage["stage"] == "v4_replicated_kv";
    if (has_scenes) words.insert(words.end(), {"--scenes", "none"});
    CHECK(run_of_ten_trials(words) == stage);
  }
}

TEST_CASE("the same command prints the same bytes, another seed prints others") {
  for (const std::string& stage : kStages) {
    CAPTURE(stage);
    const std::vector<std::string> words{stage,      "--keys", "5000",
                                         "--trials", "20",     "--seed"};
    auto first = words, again = words, other = words;
    first.push_back("7");
    again.push_back("7");
    other.push_back("8");
    CHECK(run_program(first).out == run_program(again).out);
    CHECK(run_program(first).out != run_program(other).out);
  }
}

TEST_CASE("text is plain in a pipe and at most 90 columns wide") {
  for (const std::string& program : kPrograms) {
    CAPTURE(program);
    const ProgramEnd outcome =
        run_program({program, "--keys", "1000000", "--trials", "5"});
    CHECK(outcome.out.find('\x1b') == std::string::npos);
    for (const std::string& line : lines_of(outcome.out)) {
      const auto columns = std::ranges::count_if(
          line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
      CHECK(columns <= 90);
      CHECK_FALSE(line.ends_with(' '));
    }
    const ProgramEnd ascii =
        run_program({program, "--keys", "1000", "--trials", "0", "--ascii"});
    CHECK(std::ranges::all_of(ascii.out, [](char c) { return c >= 0; }));
  }
}

TEST_CASE("every hash places keys, and md5 as well as the fast ones") {
  for (const std::string hash : {"xxh3", "xxh64", "fnv1a32", "fnv1a64", "md5"}) {
    CAPTURE(hash);
    const Json run =
        run_of_ten_trials({"v3_virtual_nodes", "--hash", hash, "--vnodes", "1000"});
    CHECK(run["hash"] == hash);
    CHECK(run["steps"][1]["remap"]["sideways"] == 0);
  }
}

TEST_CASE("a run of one node needs no second one") {
  const Json steps = run_of_ten_trials({"v2_consistent", "--nodes", "1"})["steps"];
  CHECK(steps[0]["distribution"]["cv"] == 0);
  CHECK(steps[1]["node"] == "node_2");
  CHECK(steps[2]["node"] == "node_1");
}

TEST_CASE("the default newcomer takes a name that is free") {
  const Json steps = run_of_ten_trials({"v1_modular", "--nodes", "x,node_3"})["steps"];
  CHECK(steps[1]["node"] == "node_4");
}
