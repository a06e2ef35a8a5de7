#include "common/command_line/values.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace kv;

namespace {

// Whether `result` is a usage error whose sentence begins with the flag.
template <class T>
bool refused(const Result<T>& result, const std::string& flag) {
  return !result && result.error().code == Errc::bad_usage &&
         result.error().detail.starts_with(flag);
}

}  // namespace

TEST_CASE("whole numbers are digits within their range and nothing else") {
  CHECK(parse_whole("--seed", "18446744073709551615", 0, UINT64_MAX) == UINT64_MAX);
  CHECK(parse_whole("--seed", "007", 0, 10) == 7);
  for (const char* text : {"", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "11", "two",
                           "18446744073709551616"}) {
    CAPTURE(text);
    CHECK(refused(parse_whole("--seed", text, 0, 10), "--seed"));
  }
}

TEST_CASE("keys are a count, a path or standard input") {
  CHECK(parse_keys("1000")->count == 1000);
  CHECK(parse_keys("1000")->kind == KeySource::Kind::synthetic);
  CHECK(parse_keys("-")->kind == KeySource::Kind::standard_input);
  CHECK(parse_keys("./1000")->path == "./1000");
  CHECK(parse_keys("-5")->kind == KeySource::Kind::file);
  CHECK(refused(parse_keys("0"), "--keys"));
  CHECK(refused(parse_keys("1000000001"), "--keys"));
  CHECK(refused(parse_keys(""), "--keys"));
}

TEST_CASE("nodes are a count or a list of names with optional weights") {
  const auto counted = parse_nodes("3").value();
  REQUIRE(counted.size() == 3);
  CHECK(counted[0].name == "node_1");
  CHECK(counted[2].name == "node_3");
  CHECK(counted[2].weight == 1);
  const auto listed = parse_nodes("a,b:2,c:.5,d:0.000001").value();
  REQUIRE(listed.size() == 4);
  CHECK(listed[1].name == "b");
  CHECK(listed[1].weight == 2);
  CHECK(listed[2].weight == 0.5);
  CHECK(listed[3].weight == 0.000001);
  CHECK(parse_nodes("n\xC3\xA4me").value()[0].name == "n\xC3\xA4me");
}

TEST_CASE("node lists that mean nothing are refused") {
  const std::string long_name(65, 'x');
  for (const std::string& text : {std::string(),
                                  std::string("0"),
                                  std::string("65536"),
                                  std::string("a,a"),
                                  std::string("a,"),
                                  std::string(",a"),
                                  std::string("a:"),
                                  std::string("a:0"),
                                  std::string("a:-1"),
                                  std::string("a:nan"),
                                  std::string("a:inf"),
                                  std::string("a:1e3"),
                                  std::string("a:1000001"),
                                  std::string("a:1:2"),
                                  std::string("a:."),
                                  std::string("a b"),
                                  std::string("a\tb"),
                                  std::string("a\x7f"),
                                  std::string("\xFF"),
                                  std::string("a\xC2\x85"),
                                  long_name}) {
    CAPTURE(text);
    CHECK(refused(parse_nodes(text), "--nodes"));
  }
}

TEST_CASE("steps are add, remove, weight, down or up with a node") {
  CHECK(parse_step("add:x")->weight == 1);
  CHECK(parse_step("add:x:2.5")->weight == 2.5);
  CHECK(parse_step("remove:x")->action == Action::remove);
  CHECK(parse_step("weight:x:3")->action == Action::weight);
  CHECK(parse_step("down:x")->action == Action::down);
  CHECK(parse_step("up:x")->action == Action::up);
  for (const char* text :
       {"", "none:x", "add", "add:", "remove:x:1", "weight:x", "down",
        "down:", "down:x:2", "up:x:1", "weight:x:0", "add:x:1:2", "ADD:x"}) {
    CAPTURE(text);
    CHECK(refused(parse_step(text), "--step"));
  }
}

TEST_CASE("a prediction is a quantity and a number, in per cent if it is a share") {
  CHECK(parse_guess("moved=9%")->value == doctest::Approx(0.09));
  CHECK(parse_guess("moved=0.09")->value == doctest::Approx(0.09));
  CHECK(parse_guess("donors=4")->quantity == Quantity::donors);
  CHECK(parse_guess("max_over_mean=2.5")->value == 2.5);
  for (const char* text : {"", "moved", "moved=", "moved=%", "moved=-1", "moved=x",
                           "donors=4%", "speed=1", "=1"}) {
    CAPTURE(text);
    CHECK(refused(parse_guess(text), "--predict"));
  }
}
