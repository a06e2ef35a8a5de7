// The fourth stage's statistics: copies of keys, a node that dies, the walk and the
// table.
#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/programs/json_output.hpp"
#include "tests/programs/refusal.hpp"
#include "tests/programs/run_program.hpp"

using namespace kv;
using Json = nlohmann::json;

namespace {

using Words = std::vector<std::string>;

const std::string kStage = "v4_replicated_kv";

Json statistics_of(const Words& flags) {
  Words words{kStage, "--scenes", "none"};
  words.insert(words.end(), flags.begin(), flags.end());
  return json_of(std::move(words));
}

void check_refused(Words flags, const std::string& part) {
  flags.insert(flags.begin(), kStage);
  check_refused_by(kStage, run_program(flags), 2, part);
}

void check_step(const Json& step, std::uint64_t keys, std::uint64_t copies) {
  CHECK(names_in(step) == Names{"action", "node", "nodes", "distribution", "remap",
                                "predictions", "trials", "reachable", "replica_sets"});
  std::uint64_t held = 0;
  for (const Json& node : step["nodes"]) {
    CHECK(names_in(node) == Names{"name", "weight", "keys", "share", "down"});
    held += node["keys"].get<std::uint64_t>();
    CHECK(node["share"].get<double>() * static_cast<double>(keys) ==
          doctest::Approx(node["keys"].get<double>()));
    CHECK(node["share"] <= 1.0);
  }
  CHECK(held == keys * copies);
  CHECK(step["reachable"].size() == copies + 1);
  std::uint64_t counted = 0;
  for (const Json& with : step["reachable"]) counted += with.get<std::uint64_t>();
  CHECK(counted == keys);
  CHECK(step["replica_sets"]["used"] <= step["replica_sets"]["possible"]);
  if (step["remap"].is_null()) return;
  std::uint64_t moved = 0;
  for (const Json& flow : step["remap"]["flows"]) {
    moved += flow["keys"].get<std::uint64_t>();
  }
  CHECK(step["remap"]["moved"] == moved);
  CHECK(step["remap"]["moved_share"].get<double>() ==
        doctest::Approx(static_cast<double>(moved) / static_cast<double>(keys * copies)));
}

}  // namespace

TEST_CASE("when one of four nodes dies, each survivor holds every key") {
  const Json run = statistics_of({"--trials", "0"});
  REQUIRE(run["keys"]["count"] == 1'000'000);
  CHECK(run["parameters"]["replicas"] == 3);
  for (const char* const way : {"steps", "table_steps"}) {
    CAPTURE(way);
    const Json& steps = run[way];
    REQUIRE(steps.size() == 3);
    CHECK(steps[1]["action"] == "remove");
    CHECK(steps[1]["node"] == "node_1");
    REQUIRE(steps[1]["nodes"].size() == 3);
    for (const Json& node : steps[1]["nodes"]) {
      CHECK(node["keys"] == 1'000'000);
      CHECK(node["share"] == 1.0);
    }
    CHECK(steps[1]["remap"]["moved"] == steps[0]["nodes"][0]["keys"]);
    CHECK(steps[2]["action"] == "add");
    CHECK(steps[2]["node"] == "node_5");
    for (const Json& flow : steps[2]["remap"]["flows"]) CHECK(flow["to"] == "node_5");
    for (const Json& step : steps) {
      for (const Json& prediction : step["predictions"]) CHECK(prediction["agrees"]);
    }
  }
  const Json& end = run["down_or_removed"];
  CHECK(end["node"] == "node_1");
  CHECK(end["down"]["moved"] == 0);
  const std::uint64_t held = run["steps"][0]["nodes"][0]["keys"];
  CHECK(end["down"]["reachable"] == Json({0, 0, held, 1'000'000 - held}));
  CHECK(end["removed"]["moved"] == held);
  CHECK(end["removed"]["reachable"] == Json({0, 0, 0, 1'000'000}));
}

TEST_CASE("its json has every field, and its sums are right") {
  const Json run = statistics_of(
      {"--keys",    "20000",    "--trials", "5",      "--nodes", "a:1,b:2,c,d:0.5,e",
       "--vnodes",  "64",       "--step",   "down:b", "--step",  "weight:a:3",
       "--step",    "remove:c", "--step",   "up:b",   "--step",  "add:f",
       "--predict", "moved=0"});
  CHECK(names_in(run) == Names{"stage", "hash", "seed", "keys", "parameters", "steps",
                               "table_steps", "down_or_removed", "sweep",
                               "your_prediction"});
  CHECK(run["stage"] == kStage);
  CHECK(names_in(run["parameters"]) ==
        Names{"nodes", "steps", "trials", "vnodes", "replicas", "partitions"});
  CHECK(run["parameters"]["partitions"] == 4096);
  for (const char* const way : {"steps", "table_steps"}) {
    REQUIRE(run[way].size() == 6);
    for (const Json& step : run[way]) {
      check_step(step, 20'000, 3);
      CHECK(step["trials"]["count"] == 5);
    }
  }
  const Json& down = run["steps"][1];
  CHECK(down["action"] == "down");
  CHECK(down["remap"]["moved"] == 0);
  CHECK(down["nodes"][1]["down"] == true);
  CHECK(down["reachable"][2] == down["nodes"][1]["keys"]);
  CHECK(run["steps"][4]["action"] == "up");
  CHECK(run["steps"][4]["reachable"][3] == 20'000);
  for (const Json& row : run["sweep"]) CHECK(row.contains("replica_sets"));
  CHECK(run["your_prediction"]["measured"] == 0.0);
}

TEST_CASE("its csv has the columns of the other stages, a row a node and state") {
  const ProgramEnd outcome =
      run_program({kStage, "--keys", "20000", "--trials", "0", "--format", "csv"});
  std::vector<std::string> lines;
  std::istringstream stream(outcome.out);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  REQUIRE(lines.size() == 1 + 4 + 3 + 4);
  CHECK(lines[0] ==
        "stage,step,action,changed,node,weight,keys,share,mean,min,max,min_over_mean,"
        "max_over_mean,stddev,cv,moved,moved_share,predicted_share,sideways,donors");
  for (const std::string& line : lines) CHECK(std::ranges::count(line, ',') == 19);
  CHECK(lines[5].starts_with(kStage + ",1,remove,node_1,node_2,1,20000,1,20000,20000,"));
}

TEST_CASE("one copy is chapter 3: the same states, moves and predictions") {
  const Words flags{"--keys", "20000",      "--trials", "4",       "--vnodes",
                    "100",    "--nodes",    "a,b:2",    "--step",  "add:c",
                    "--step", "weight:c:3", "--step",   "remove:a"};
  Words third{"v3_virtual_nodes", "--format", "json"};
  third.insert(third.end(), flags.begin(), flags.end());
  const Json ring = Json::parse(run_program(third).out);
  Words one = flags;
  one.insert(one.end(), {"--replicas", "1"});
  Json copies = statistics_of(one);
  for (Json& step : copies["steps"]) {
    step.erase("reachable");
    step.erase("replica_sets");
    for (Json& node : step["nodes"]) node.erase("down");
  }
  CHECK(copies["steps"] == ring["steps"]);
  for (Json& row : copies["sweep"]) row.erase("replica_sets");
  CHECK(copies["sweep"] == ring["sweep"]);
}

TEST_CASE("demo is the default command, and another word is refused") {
  const Words flags{"--keys",   "5000", "--trials", "3",
                    "--vnodes", "50",   "--scenes", "none"};
  Words plain{kStage};
  Words named{kStage, "demo"};
  plain.insert(plain.end(), flags.begin(), flags.end());
  named.insert(named.end(), flags.begin(), flags.end());
  CHECK(run_program(plain).out == run_program(named).out);
  check_refused({"explode"}, "explode: is not a command; takes one of demo");
  check_refused({"explode", "--keys", "10"}, "explode: is not a command");
  check_refused({""}, "\"\": is not a command");
  check_refused({"demo", "stray"}, "stray: is not behind any flag");
  const ProgramEnd help = run_program({kStage, "demo", "--help"});
  CHECK(help.status == 0);
  CHECK(help.out.find("Usage: v4_replicated_kv [demo] [FLAGS]") != std::string::npos);
  CHECK(help.out.find("--replicas N") != std::string::npos);
}

TEST_CASE("more copies than nodes are refused, at first and after any step") {
  check_refused({"--nodes", "2"}, "--replicas 3: more copies than nodes");
  check_refused({"--replicas", "5"}, "--replicas 5: more copies than nodes");
  check_refused({"--nodes", "3", "--step", "remove:node_1"},
                "remove:node_1: leaves 2 nodes for 3 copies of each key");
  check_refused({"--replicas", "0"}, "--replicas 0: takes a whole number from 1 to 16");
  check_refused({"--replicas", "17"}, "takes a whole number from 1 to 16");
  check_refused({"--replicas", "1", "--nodes", "1", "--step", "remove:node_1"},
                "node_1 is the last node");
}

TEST_CASE("steps that make no sense for a node that is down or up are refused") {
  check_refused({"--step", "up:node_1"}, "up:node_1: node_1 is up already");
  check_refused({"--step", "down:node_1", "--step", "down:node_1"},
                "down:node_1: node_1 is down already");
  check_refused({"--step", "down:ghost"}, "there is no node ghost");
  check_refused({"--step", "down:node_1:2"}, "takes add:NAME");
  check_refused({"--step", "down:node_1", "--step", "add:node_1"},
                "node_1 is in the cluster already");
  for (const std::string program : {"v1_modular", "v3_virtual_nodes", "compare"}) {
    const ProgramEnd outcome = run_program({program, "--step", "down:node_1"});
    CHECK(outcome.status == 2);
    CHECK(outcome.err.find("has no nodes that are down; v4_replicated_kv has") !=
          std::string::npos);
  }
}

TEST_CASE("weights that a member may not have are refused before any output") {
  check_refused({"--nodes", "a:0.0001,b,c,d"}, "weight");
  check_refused({"--vnodes", "10", "--step", "add:x:1001"}, "weight");
  check_refused({"--nodes", "a:0,b,c,d"}, "a weight is a number above 0");
  check_refused({"--vnodes", "1000000", "--nodes", "11"}, "take fewer");
}

TEST_CASE("with as many copies as nodes, the first one goes down instead of leaving") {
  const Json run = statistics_of({"--nodes", "3", "--keys", "1000", "--trials", "0"});
  CHECK(run["steps"][1]["action"] == "down");
  CHECK(run["steps"][1]["reachable"] == Json({0, 0, 1000, 0}));
  CHECK(run["steps"][2]["action"] == "add");
  CHECK(run["down_or_removed"]["removed"].is_null());
}

TEST_CASE("keys whose nodes are all down are told as out of reach") {
  const Json run =
      statistics_of({"--nodes", "a,b,c,d", "--replicas", "2", "--keys", "10000",
                     "--trials", "0", "--step", "down:a", "--step", "down:b"});
  const Json& last = run["steps"][2]["reachable"];
  CHECK(last[0] > 0);
  const ProgramEnd text =
      run_program({kStage, "--nodes", "a,b,c,d", "--replicas", "2", "--keys", "10000",
                   "--trials", "0", "--step", "down:a", "--step", "down:b"});
  CHECK(text.out.find(", none of ") != std::string::npos);
  CHECK(text.out.find("  down\n") != std::string::npos);
}

TEST_CASE("a cluster too large for a table runs with the walk alone") {
  const Json run = statistics_of(
      {"--nodes", "300", "--vnodes", "4", "--keys", "2000", "--trials", "0"});
  CHECK_FALSE(run.contains("table_steps"));
  CHECK(run["steps"].size() == 3);
}

TEST_CASE("compare keeps as many copies as the smallest state allows") {
  const auto copies = [](Words flags) {
    flags.insert(flags.begin(), "compare");
    flags.insert(flags.end(), {"--keys", "1000", "--trials", "0", "--vnodes", "20",
                               "--format", "json"});
    return Json::parse(run_program(flags).out)["stages"][3]["parameters"]["replicas"];
  };
  CHECK(copies({}) == 3);
  CHECK(copies({"--nodes", "2"}) == 2);
  CHECK(copies({"--nodes", "1"}) == 1);
  CHECK(copies({"--replicas", "2"}) == 2);
  const ProgramEnd outcome = run_program({"compare", "--nodes", "2", "--replicas", "3"});
  CHECK(outcome.status == 2);
  CHECK(outcome.err.find("more copies than nodes") != std::string::npos);
}
