#include "v4_replicated_kv/bench/bench_words.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "v4_replicated_kv/bench/bench_report.hpp"

using namespace kv;
using namespace kv::bench;

namespace {

Result<BenchWords> read(std::vector<std::string> typed) {
  std::vector<const char*> words{"bench"};
  for (const std::string& word : typed) words.push_back(word.c_str());
  return read_bench_words(static_cast<int>(words.size()), words.data());
}

void check_refused(std::vector<std::string> typed, std::string_view why) {
  const auto words = read(std::move(typed));
  REQUIRE_FALSE(words);
  CHECK(words.error().code == Errc::bad_usage);
  CAPTURE(words.error().detail);
  CHECK(words.error().detail.find(why) != std::string::npos);
}

}  // namespace

TEST_CASE("bench without words is workload a over HTTP at the usual port") {
  const auto words = read({});
  REQUIRE(words);
  CHECK(words->workload.name == "a");
  CHECK(words->protocol == Protocol::http);
  REQUIRE(words->endpoints.size() == 1);
  CHECK(words->endpoints[0].text() == "127.0.0.1:8080");
  CHECK_FALSE(words->rate);
  CHECK(read({"--protocol", "grpc"})->endpoints[0].text() == "127.0.0.1:9000");
  CHECK(read({"--protocol", "resp"})->endpoints[0].text() == "127.0.0.1:6380");
}

TEST_CASE("every flag of bench arrives where it belongs") {
  const auto words = read({"--workload",
                           "f",
                           "--protocol",
                           "grpc",
                           "--endpoint",
                           "a:1,[::1]:2,http://c:3",
                           "--threads",
                           "2",
                           "--connections",
                           "5",
                           "--seconds",
                           "3",
                           "--warmup=0",
                           "--keys",
                           "77",
                           "--value-bytes",
                           "24",
                           "--distribution",
                           "uniform",
                           "--rate",
                           "900",
                           "--arrivals",
                           "poisson",
                           "--seed",
                           "9",
                           "--load",
                           "--progress",
                           "--format",
                           "json",
                           "--r",
                           "1",
                           "--w",
                           "3",
                           "--timeout-ms",
                           "70"});
  REQUIRE(words);
  CHECK(words->workload.name == "f");
  CHECK(words->protocol == Protocol::grpc);
  REQUIRE(words->endpoints.size() == 3);
  CHECK(words->endpoints[1].host == "::1");
  CHECK(words->endpoints[1].text() == "[::1]:2");
  CHECK(words->endpoints[2].text() == "c:3");
  CHECK(words->threads == 2);
  CHECK(words->connections == 5);
  CHECK(words->seconds == 3);
  CHECK(words->warmup == 0);
  CHECK(words->keys == 77);
  CHECK(words->value_bytes == 24);
  CHECK(words->distribution == Distribution::uniform);
  CHECK(words->rate == 900);
  CHECK(words->arrivals == Arrivals::random);
  CHECK(words->seed == 9);
  CHECK(words->load);
  CHECK(words->progress);
  CHECK(words->json);
  CHECK(words->copies.r == 1U);
  CHECK(words->copies.w == 3U);
  CHECK(words->timeout_ms == 70);
}

TEST_CASE("words that bench does not take are refused, with what it takes") {
  check_refused({"--workload", "g"}, "--workload");
  check_refused({"--protocol", "htp"}, "http");
  check_refused({"now"}, "bench takes flags only");
  check_refused({"--speed", "1"}, "--speed");
  for (const std::string endpoint : {":1", "a", "a:0", "a:65536", "a:1,", "a b:1"}) {
    check_refused({"--endpoint", endpoint}, "HOST:PORT");
  }
  check_refused({"--threads", "0"}, "--threads");
  check_refused({"--threads", "4", "--connections", "3"}, "too few");
  check_refused({"--pipeline", "2"}, "HTTP takes one at a time");
  check_refused({"--value-bytes", "23"}, "--value-bytes");
  check_refused({"--protocol", "resp", "--w", "1"}, "no word for it");
  check_refused({"--protocol", "resp", "--consistency", "all"}, "no word for it");
  check_refused({"--consistency", "all", "--r", "1"}, "leave out");
  check_refused({"--consistency", "most"}, "--consistency");
  check_refused({"--arrivals", "poisson"}, "needs a --rate");
  check_refused({"--seconds", "0"}, "without --load");
  CHECK(read({"--seconds", "0", "--load"}));
  CHECK(read({"--help", "--seconds", "x"})->help);
}

TEST_CASE("figures that are not to be used say why") {
  const auto words = *read({"--keys", "10", "--load"});
  Measured measured{.load_seconds = 1, .seconds = 1};
  for (int i = 0; i < 10; ++i) measured.load.latency(Kind::insert).add(1000);
  CHECK(complaints(words, measured) ==
        std::vector<std::string>{"no operation succeeded"});
  measured.tally.latency(Kind::read).add(1000);
  CHECK(complaints(words, measured).empty());
  measured.tally.count_error(Kind::read, "ERR", "sometimes");
  CHECK(complaints(words, measured).empty());
  measured.tally.count_error(Kind::scan, "ERR", "always");
  CHECK(complaints(words, measured) ==
        std::vector<std::string>{"no scan succeeded of 1"});
  measured.tally.failures = {};
  measured.tally.count_wrong("k", "v");
  REQUIRE(complaints(words, measured).size() == 1);
  CHECK(complaints(words, measured)[0].starts_with("1 request read a wrong value"));
  measured.load = {};
  CHECK(complaints(words, measured)[1].starts_with("10 of 10 keys could not be loaded"));
}

TEST_CASE("kinds of errors are bounded, whatever a server calls them") {
  Tally tally;
  for (int i = 0; i < 1000; ++i)
    tally.count_error(Kind::read, "E" + std::to_string(i), "no");
  CHECK(tally.errors.size() == 33);
  CHECK(tally.errors.at("other").count == 968);
  CHECK(tally.failed() == 1000);
}
