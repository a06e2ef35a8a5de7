// `v3_virtual_nodes --dataset bank` as people and scripts run it.
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/programs/refusal.hpp"
#include "tests/programs/run_program.hpp"

using namespace kv;
using Json = nlohmann::json;

namespace {

ProgramEnd run_bank(const std::vector<std::string>& flags,
                    const std::string& input = "") {
  std::vector<std::string> words{"v3_virtual_nodes", "--dataset", "bank"};
  words.insert(words.end(), flags.begin(), flags.end());
  return run_program(words, {.input = input});
}

const std::vector<std::string> kSmall{"--keys", "3000", "--operations", "4000"};

std::vector<std::string> small(std::vector<std::string> more) {
  more.insert(more.begin(), kSmall.begin(), kSmall.end());
  return more;
}

void check_refused_by_bank(const ProgramEnd& outcome, int status,
                           const std::string& part) {
  check_refused_by("v3_virtual_nodes", outcome, status, part);
}

// Without the fields that a clock fills.
Json without_clock_fields(Json json) {
  for (Json& way : json["ways"]) {
    std::vector<std::string> times;
    for (const auto& [name, value] : way.items()) {
      if (name.ends_with("_ms") || name.ends_with("_ns")) times.push_back(name);
    }
    CHECK(times.size() == 4);
    for (const std::string& name : times) way.erase(name);
  }
  return json;
}

}  // namespace

TEST_CASE("bank: the totals agree to the cent, and two runs print the same bytes") {
  const ProgramEnd outcome = run_bank(kSmall);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.out.find("CHAPTER 3 - the bank\n4 databases, 3,000 records") == 0);
  for (const std::string way : {"moved at once ", "moved lazily "}) {
    const auto at = outcome.out.find("  " + way);
    REQUIRE(at != std::string::npos);
    CHECK(outcome.out.substr(at, outcome.out.find('\n', at) - at).ends_with(" ok"));
  }
  CHECK(outcome.err.find("BY THE CLOCK") != std::string::npos);
  CHECK(run_bank(kSmall).out == outcome.out);
  CHECK(run_bank(small({"--threads", "1"})).out != outcome.out);  // says so on top
  CHECK(run_bank(small({"--quiet"})).err.empty());
}

TEST_CASE("bank: the screen is plain, 90 columns wide, and ASCII when asked") {
  for (const std::string nodes : {"4", "30", "a_database_of_long_name:2.5,b"}) {
    CAPTURE(nodes);
    std::istringstream lines(run_bank(small({"--nodes", nodes})).out);
    for (std::string line; std::getline(lines, line);) {
      CAPTURE(line);
      const auto columns = std::ranges::count_if(
          line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
      CHECK(columns <= 90);
      CHECK_FALSE(line.ends_with(' '));
      CHECK(line.find('\x1b') == std::string::npos);
    }
  }
  CHECK(std::ranges::all_of(run_bank(small({"--ascii"})).out,
                            [](char c) { return c > 0; }));
}

TEST_CASE("bank: json has whole cents, the same records every way, and times apart") {
  const auto flags = small({"--format", "json", "--seed", "7", "--step", "add:x:2",
                            "--step", "weight:node_1:3", "--step", "remove:node_2"});
  const Json run = Json::parse(run_bank(flags).out);
  CHECK(run["stage"] == "v3_virtual_nodes");
  CHECK(run["dataset"] == "bank");
  CHECK(run["hash"] == "md5");
  CHECK(run["seed"] == "7");
  CHECK(run["records"]["count"] == 3000);
  CHECK(run["parameters"]["vnodes"] == 160);
  REQUIRE(run["steps"].size() == 4);
  CHECK(run["steps"][0]["remap"].is_null());
  CHECK(run["steps"][1]["node"] == "x");
  std::int64_t due = run["before_cents"].get<std::int64_t>();
  for (const Json& step : run["steps"]) {
    std::int64_t cents = 0;
    int records = 0;
    for (const Json& database : step["databases"]) {
      cents += database["money_cents"].get<std::int64_t>();
      records += database["records"].get<int>();
    }
    if (!step["operations"].is_null()) {
      due += step["operations"]["deposited_cents"].get<std::int64_t>();
    }
    CHECK(cents == due);
    CHECK(records == 3000);
  }
  REQUIRE(run["ways"].size() == 2);
  for (const Json& way : run["ways"]) {
    CHECK(way["after_cents"] == due);
    CHECK(way["records_checked"] == 3000);
    CHECK(way["moved"] == run["ways"][0]["moved"]);
    CHECK(way["audits"] == 3);
  }
  CHECK(without_clock_fields(run) ==
        without_clock_fields(Json::parse(run_bank(flags).out)));
  const auto lazily = small({"--format", "json", "--rebalance", "lazily"});
  CHECK(Json::parse(run_bank(lazily).out)["ways"].size() == 1);
}

TEST_CASE("bank: csv has a row a database and step") {
  const ProgramEnd outcome = run_bank(small({"--format", "csv", "--step", "add:x"}));
  CHECK(outcome.err.empty());
  std::istringstream lines(outcome.out);
  std::vector<std::string> rows;
  for (std::string line; std::getline(lines, line);) rows.push_back(line);
  REQUIRE(rows.size() == 1 + 4 + 5);
  CHECK(rows[0] ==
        "stage,step,action,changed,node,weight,records,share,money_cents,moved,"
        "moved_share,predicted_share");
  CHECK(rows[1].starts_with("v3_virtual_nodes,0,initial,,node_1,1,"));
  CHECK(rows[1].ends_with(",,,"));
  CHECK(rows[9].starts_with("v3_virtual_nodes,1,add,x,x,1,"));
  for (const std::string& row : rows) CHECK(std::ranges::count(row, ',') == 11);
}

TEST_CASE("bank: customers come from a file or standard input") {
  const TempDir dir;
  const std::string csv =
      "number,first_name,last_name,savings,checking,401k\n"
      "1,Ada,Lovelace,\"$1,000.00\",$0.00,$5.00\n"
      "2,Grace,Hopper,$2.00,-$1.00,$0.00\n";
  const std::string path = dir.file("customers.csv", csv);
  const ProgramEnd file = run_bank({"--keys", path, "--operations", "500"});
  CHECK(file.status == 0);
  CHECK(file.out.find("2 records from " + path.substr(0, 4)) != std::string::npos);
  CHECK(file.out.find(" $1,006.00\n") != std::string::npos);
  CHECK(run_bank({"--keys", "-", "--format", "csv"}, csv).out ==
        run_bank({"--keys", path, "--format", "csv"}).out);
  const std::string bad = dir.file("bad.csv", csv + "3,A,B,1.00,1,1.00\n");
  check_refused_by_bank(
      run_bank({"--keys", bad}), 1,
      "bad.csv:4: checking: 1 is no amount; takes dollars and two digits of "
      "cents, as in $1,234.56");
  check_refused_by_bank(run_bank({"--keys", dir.path() + "/none"}), 1,
                        "none: cannot be opened: No such file or directory");
  check_refused_by_bank(run_bank({"--keys", dir.path()}), 1,
                        "cannot be read: Is a directory");
}

TEST_CASE("bank: what it does not take is refused with the flag") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{"--trials", "5"}, "--trials: is not a flag of v3_virtual_nodes --dataset bank"},
      {{"--report", "x.html"}, "--report: is not a flag of v3_virtual_nodes --dataset"},
      {{"--predict", "moved=9%"}, "--predict: is not a flag of"},
      {{"--threads", "0"}, "--threads 0: takes a whole number from 1 to 64"},
      {{"--threads", "x"}, "--threads x: takes a whole number"},
      {{"--operations", "-1"}, "--operations -1: takes a whole number from 0"},
      {{"--rebalance", "never"}, "--rebalance never: takes one of at-once, lazily, both"},
      {{"--keys", "10000001"}, "--keys 10000001: the bank takes a whole number from 1"},
      {{"--nodes", "501"}, "--nodes 501: the bank takes at most 500 databases"},
      {{"--nodes", "500"},
       "--step add:node_501: makes 501 databases, and the bank takes at most 500"},
      {{"--nodes", "a,b", "--step", "weight:a:1000000"},
       "--step weight:a:1000000: makes 160000160 tokens for 2 nodes"},
      {{"--nodes", "a:1000000,b"}, "--nodes a:1000000,b: makes 160000160 tokens"},
      {{"--nodes", "11", "--vnodes", "1000000"}, "--vnodes 1000000: makes 11000000 tok"},
      {{"--hash", "sha1"}, "--hash sha1: takes one of"},
      {{"--step", "remove:ghost"}, "there is no node ghost"},
      {{"--dataset", "bank"}, "--dataset: is given twice"},
  };
  for (const auto& [flags, part] : cases) check_refused_by_bank(run_bank(flags), 2, part);
  check_refused_by_bank(run_program({"v3_virtual_nodes", "--dataset", "shop"}), 2,
                        "--dataset shop: takes one of bank");
  check_refused_by_bank(run_program({"v3_virtual_nodes", "--dataset"}), 2,
                        "--dataset: needs a value");
  check_refused_by_bank(run_program({"v3_virtual_nodes", "--dataset="}), 2,
                        "--dataset: needs a value");
  check_refused_by_bank(run_program({"v3_virtual_nodes", "--threads", "2"}), 2,
                        "--threads: is not a flag of v3_virtual_nodes");
  for (const std::string stage : {"v1_modular", "v2_consistent", "compare"}) {
    CHECK(run_program({stage, "--dataset", "bank"}).status == 2);
  }
  CHECK(run_bank({"--help"}).out.find("--rebalance WHEN") != std::string::npos);
}

TEST_CASE("bank: one record, one database and every hash will do") {
  for (const std::string hash : {"xxh3", "fnv1a32", "md5"}) {
    const ProgramEnd outcome =
        run_bank({"--keys", "1", "--nodes", "1", "--operations", "50", "--hash", hash});
    CHECK(outcome.status == 0);
  }
  CHECK(run_bank({"--keys", "10", "--operations", "0"}).status == 0);
  CHECK(run_bank({"--keys", "10", "--step", "none"}).status == 0);
}

TEST_CASE("bank: where threads cannot be started, it says so and does nothing") {
  if (!std::string_view(KV_SANITIZE).empty()) return;  // sanitizers reserve terabytes
  check_refused_by_bank(
      run_shell("ulimit -v 300000; v3_virtual_nodes --dataset bank --quiet --keys 1000 "
                "--threads 64 --operations 1000000"),
      1, "64 threads cannot be started here; take fewer --threads");
}

TEST_CASE("bank: without steps nothing is said of steps and threads") {
  const ProgramEnd outcome = run_bank(small({"--step", "none"}));
  CHECK(outcome.status == 0);
  for (const std::string word : {"thread", "each step", "lazily", "At once", "audit"}) {
    CAPTURE(word);
    CHECK(outcome.out.find(word) == std::string::npos);
  }
}

TEST_CASE("bank: long names are cut by characters, so that rows stay in their table") {
  std::string wide;
  for (int i = 0; i < 30; ++i) wide += "\xC3\xA4";
  const ProgramEnd outcome = run_bank(small(
      {"--nodes", wide + ",a_name_of_many_more_bytes_than_24,b", "--step", "none"}));
  REQUIRE(outcome.status == 0);
  std::istringstream lines(outcome.out.substr(outcome.out.find("  database  ")));
  const auto width_to_money = [](const std::string& line) {
    const auto row = line.substr(0, line.find("  \xE2\x96"));  // without its bar
    return std::ranges::count_if(row, [](char c) { return (c & 0xC0) != 0x80; });
  };
  std::string line;
  std::getline(lines, line);
  const auto width = width_to_money(line);
  for (int row = 0; row < 3; ++row) {
    std::getline(lines, line);
    CAPTURE(line);
    CHECK(width_to_money(line) == width);
    CHECK((line.find("...") != line.npos) == (row < 2));
  }
}

TEST_CASE("bank: a million records fit in 1.5 GB") {
  if (!std::string_view(KV_SANITIZE).empty()) return;
  const ProgramEnd outcome = run_bank({"--operations", "50000", "--step", "add:x"});
  CHECK(outcome.status == 0);
  CHECK(outcome.peak_bytes < 1'500'000'000);
}
