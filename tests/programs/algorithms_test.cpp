// Chapter 3 with another algorithm than its own, and the engineer's table of all.
#include "common/lesson/algorithms.hpp"

#include <algorithm>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/programs/json_output.hpp"
#include "tests/programs/run_program.hpp"

using namespace kv;
using Json = nlohmann::json;

namespace {

std::vector<std::string> with(std::string_view algorithm,
                              const std::vector<std::string>& more) {
  std::vector<std::string> words{"v3_virtual_nodes", "--algorithm",
                                 std::string(algorithm)};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("every algorithm takes the whole scenario and loses no key") {
  for (const Algorithm& algorithm : all_algorithms()) {
    CAPTURE(algorithm.name);
    const Json run = json_of(with(algorithm.name, {"--keys", "20000", "--trials", "3"}));
    CHECK(run["parameters"]["algorithm"] == algorithm.name);
    CHECK(run["parameters"].contains("vnodes") == algorithm.has_vnodes);
    REQUIRE(run["steps"].size() == 3);
    for (const Json& step : run["steps"]) {
      std::uint64_t keys = 0;
      for (const Json& node : step["nodes"]) keys += node["keys"].get<std::uint64_t>();
      CHECK(keys == 20'000);
      CHECK(step["trials"]["count"] == 3);
    }
    // The one that left had a fair share to give up, and every key of it moved.
    const Json& left = run["steps"][1]["nodes"][0];
    CHECK(run["steps"][2]["remap"]["moved"] >= left["keys"]);
  }
}

TEST_CASE("weights count where an algorithm has them, and are refused where not") {
  for (const Algorithm& algorithm : all_algorithms()) {
    CAPTURE(algorithm.name);
    const auto words = with(algorithm.name, {"--keys", "100000", "--nodes", "a:1,b:3",
                                             "--step", "weight:a:3", "--trials", "0"});
    if (!algorithm.has_weights) {
      const ProgramEnd outcome = run_program(words);
      CHECK(outcome.status == 2);
      CHECK(outcome.err.find("has no weights; take one of ring, ") != std::string::npos);
      continue;
    }
    const Json run = json_of(words);
    const double heavy = run["steps"][0]["nodes"][1]["share"];
    const double even = run["steps"][1]["nodes"][1]["share"];
    const double lid = algorithm.name == "bounded-loads" ? 0.2 : 0.01;
    CHECK(heavy == doctest::Approx(0.75).epsilon(lid / 0.75));
    CHECK(even == doctest::Approx(0.5).epsilon(lid / 0.5));
  }
}

TEST_CASE("what an algorithm cannot do is said before its run") {
  for (const Algorithm& algorithm : all_algorithms()) {
    CAPTURE(algorithm.name);
    const ProgramEnd outcome =
        run_program(with(algorithm.name, {"--keys", "1000", "--trials", "0"}));
    const auto caveat = outcome.out.find("KNOW FIRST");
    CHECK((caveat != std::string::npos) == (algorithm.name != "ring"));
    CHECK(algorithm.caveat.ends_with("no weights.") == !algorithm.has_weights);
    if (caveat != std::string::npos) CHECK(caveat < outcome.out.find("INITIAL"));
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) {
      const auto columns =
          std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; });
      CHECK(columns <= 90);
    }
  }
}

TEST_CASE("bad choices of an algorithm are refused with one line") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {with("ketama", {}), "--algorithm ketama: takes one of ring, rendezvous, jump"},
      {with("jump", {"--vnodes", "7"}), "--vnodes 7: jump has no virtual nodes"},
      {with("equal-partitions", {"--nodes", "4097", "--step", "none"}),
       "--algorithm equal-partitions: takes at most 4096 nodes"},
      {{"v2_consistent", "--algorithm", "jump"}, "--algorithm: is not a flag"},
      {{"compare", "--algorithms", "--report", "x.html"}, "--report: goes without"},
      {{"compare", "--algorithms", "--predict", "moved=1%"}, "--predict: goes without"},
      {{"compare", "--algorithms", "--trials", "100"}, "--trials: goes without"},
      {{"compare", "--algorithms", "--nodes", "65534", "--vnodes", "1"},
       "--algorithms: times a node that joins and leaves, beside 65535 different ones"},
      {{"v3_virtual_nodes", "--algorithms"}, "--algorithms: is not a flag"},
  };
  for (const auto& [words, part] : cases) {
    CAPTURE(part);
    const ProgramEnd outcome = run_program(words);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(std::ranges::count(outcome.err, '\n') == 1);
    CHECK(outcome.err.find(part) != std::string::npos);
  }
}

TEST_CASE("compare --algorithms has a row for each, in all formats") {
  const std::vector<std::string> words{"compare", "--algorithms", "--keys",
                                       "5000",    "--vnodes",     "100"};
  const Json survey = json_of(words);
  REQUIRE(survey["algorithms"].size() == all_algorithms().size());
  for (std::size_t i = 0; i < all_algorithms().size(); ++i) {
    const Algorithm& algorithm = all_algorithms()[i];
    const Json& row = survey["algorithms"][i];
    CAPTURE(algorithm.name);
    CHECK(row["name"] == algorithm.name);
    CHECK(row["lookup_ns"] > 0);
    CHECK(row["bytes"] > 0);
    CHECK(row["weights"] == algorithm.has_weights);
    CHECK(row["moved"] >= doctest::Approx(row["least"].get<double>()).epsilon(0.9));
    const std::set<std::string> staying{"ring", "rendezvous", "multi-probe",     "anchor",
                                        "dx",   "memento",    "equal-partitions"};
    CHECK((row["sideways"] == 0) == staying.contains(std::string(algorithm.name)));
  }
  auto csv_words = words;
  csv_words.insert(csv_words.end(), {"--format", "csv"});
  const ProgramEnd csv = run_program(csv_words);
  CHECK(csv.out.starts_with("algorithm,lookup_ns,bytes,build_ms,add_ms,remove_ms,cv,"));
  CHECK(std::ranges::count(csv.out, '\n') ==
        static_cast<std::ptrdiff_t>(all_algorithms().size()) + 1);
  const ProgramEnd text = run_program(words);
  CHECK(text.out.find("moved/least") != std::string::npos);
}

TEST_CASE("compare --algorithms leaves out who cannot hold the nodes, and says why") {
  const std::vector<std::string> words{
      "compare", "--algorithms", "--keys", "100",    "--vnodes",
      "1",       "--nodes",      "4096",   "--step", "none"};
  const Json survey = json_of(words);
  CHECK(survey["algorithms"].size() == all_algorithms().size() - 1);
  REQUIRE(survey["left_out"].size() == 1);
  CHECK(survey["left_out"][0]["name"] == "equal-partitions");
  const ProgramEnd text = run_program(words);
  CHECK(text.status == 0);
  CHECK(text.out.find("equal-partitions is left out: it takes at most 4,096 nodes") !=
        std::string::npos);
}

TEST_CASE("a measured time has three digits that mean something, however short it is") {
  const ProgramEnd text = run_program({"compare", "--algorithms", "--keys", "100"});
  std::istringstream table(text.out.substr(text.out.find("remove_ms\n") + 10));
  std::size_t rows = 0;
  for (std::string line; std::getline(table, line) && !line.empty(); ++rows) {
    std::istringstream cells(line);
    for (std::string cell; cells >> cell;) {
      CAPTURE(line);
      const bool is_number = cell.find_first_not_of("0123456789.") == cell.npos;
      if (is_number) CHECK(std::stod(cell) > 0);
    }
  }
  CHECK(rows == all_algorithms().size());
}

TEST_CASE("trials that would take minutes are left out, and run when asked for") {
  const auto words = [](std::vector<std::string> more) {
    more.insert(more.end(), {"--keys", "30000", "--nodes", "5000", "--step", "none"});
    return with("rendezvous", more);
  };
  const ProgramEnd text = run_program(words({}));
  CHECK(text.out.find("--trials") < text.out.find("INITIAL"));
  CHECK(text.out.find("seeds: p5") == text.out.npos);
  CHECK(run_program(words({"--trials", "2"})).out.find("2 seeds: p5") != text.out.npos);
}

TEST_CASE("apart from measured times, two surveys give the same figures") {
  const std::vector<std::string> words{"compare", "--algorithms", "--keys", "3000"};
  Json first = json_of(words), again = json_of(words);
  for (Json* survey : {&first, &again}) {
    for (Json& row : (*survey)["algorithms"]) {
      for (const char* name : {"lookup_ns", "build_ms", "add_ms", "remove_ms"}) {
        row.erase(name);
      }
    }
  }
  CHECK(first == again);
}
