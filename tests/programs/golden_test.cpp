// The default screens, byte for byte but for measured times. `make golden` writes them
// anew: then read the diff.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/programs/run_program.hpp"

using namespace kv;

namespace {

void check_golden(const std::string& name, std::vector<std::string> words) {
  const std::string path = std::string(KV_SOURCE_DIR "/tests/golden/") + name;
  const ProgramEnd outcome = run_program(std::move(words));
  REQUIRE(outcome.status == 0);
  if (updating_golden()) make_file(path, outcome.out);
  const bool same = without_times(outcome.out) == without_times(read_file(path));
  CHECK_MESSAGE(same, name, " has changed; `make golden` shows how");
}

}  // namespace

TEST_CASE("golden: v1_modular prints its default screen") {
  check_golden("v1_modular.txt", {"v1_modular"});
}

TEST_CASE("golden: v2_consistent prints its default screen") {
  check_golden("v2_consistent.txt", {"v2_consistent"});
}

TEST_CASE("golden: v3_virtual_nodes prints its default screen") {
  check_golden("v3_virtual_nodes.txt", {"v3_virtual_nodes"});
}

TEST_CASE("golden: v4_replicated_kv prints its default screen") {
  check_golden("v4_replicated_kv.txt", {"v4_replicated_kv"});
}

TEST_CASE("golden: copies with weights, nodes that are down, ASCII and colour") {
  check_golden("copies.txt", {"v4_replicated_kv",
                              "--nodes",
                              "a:1,b:2,c:.5,d,e",
                              "--vnodes",
                              "160",
                              "--step",
                              "down:b",
                              "--step",
                              "weight:a:3",
                              "--step",
                              "remove:b",
                              "--replicas",
                              "2",
                              "--keys",
                              "10000",
                              "--trials",
                              "20",
                              "--predict",
                              "moved=25%",
                              "--ascii",
                              "--color",
                              "always",
                              "--scenes",
                              "none"});
}

TEST_CASE("golden: compare prints its default screen") {
  check_golden("compare.txt", {"compare"});
}

TEST_CASE("golden: weights, ASCII, colour and a guess") {
  check_golden("weighted.txt",
               {"v3_virtual_nodes", "--nodes", "a:1,b:2,c:.5", "--vnodes", "160",
                "--step", "weight:a:3", "--step", "add:d", "--keys", "10000", "--trials",
                "20", "--predict", "moved=25%", "--ascii", "--color", "always"});
}

TEST_CASE("golden: more nodes and flows than a screen shows") {
  check_golden("many_nodes.txt", {"v1_modular", "--nodes", "1500", "--keys", "20000",
                                  "--trials", "0", "--step", "remove:node_7"});
}

TEST_CASE("golden: help") {
  check_golden("help.txt", {"v3_virtual_nodes", "--help"});
}

TEST_CASE("golden: scenes in json, without the statistics' many keys") {
  check_golden("scenes.json",
               {"v4_replicated_kv", "--format", "json", "--keys", "1", "--trials", "0",
                "--vnodes", "1", "--nodes", "1", "--replicas", "1", "--step", "none"});
}

TEST_CASE("golden: json and csv") {
  const std::vector<std::string> small{"--nodes", "2",        "--keys",
                                       "1000",    "--trials", "10"};
  for (const std::string format : {"json", "csv"}) {
    for (const std::string program : {"v2_consistent", "v4_replicated_kv", "compare"}) {
      std::vector<std::string> words{program, "--format", format};
      words.insert(words.end(), small.begin(), small.end());
      if (program != "v2_consistent") words.insert(words.end(), {"--vnodes", "100"});
      if (program == "v4_replicated_kv") {
        words.insert(words.end(), {"--replicas", "2", "--scenes", "none"});
      }
      check_golden(program + "." + format, words);
    }
  }
}
