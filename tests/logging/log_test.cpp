// The log as whoever reads it gets it: from standard error, through a JSON reader that is
// not ours.
#include "v4_replicated_kv/logging/log.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/json.hpp>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/base/rng.hpp"
#include "common/base/text.hpp"
#include "tests/programs/run_program.hpp"

using namespace kv;

namespace {

// The lines that `speak` leaves on standard error.
template <class Speak>
std::vector<std::string> said(Speak speak) {
  const TempDir dir;
  const std::string path = dir.file("err", "");
  const int before = ::dup(STDERR_FILENO);
  const int file = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  REQUIRE((before >= 0 && file >= 0 && ::dup2(file, STDERR_FILENO) >= 0));
  speak();
  REQUIRE(::dup2(before, STDERR_FILENO) >= 0);
  ::close(file);
  ::close(before);
  return lines_of(read_file(path));
}

boost::json::object parsed(const std::string& line) {
  boost::json::error_code error;
  const auto value = boost::json::parse(line, error);
  if (error) FAIL(line);
  return value.as_object();
}

std::string text_of(const boost::json::object& line, std::string_view name) {
  const auto& text = line.at({name.data(), name.size()}).as_string();
  return {text.data(), text.size()};
}

const std::string kHostile("\n\r\t\0\x1B[31m\x7F\"\\/{}\xE2\x80\xAE\xC2\x85", 20);

}  // namespace

TEST_CASE("a line is an object with a time, a level, the node, and what was said") {
  const EventLog log("n1", {.level = LogLevel::debug});
  const auto lines = said([&] {
    log.info("peer is back", {{"peer", "n2"}, {"after_ms", 120}});
    log.debug("counted", {{"yes", true},
                          {"share", 0.5},
                          {"least", std::numeric_limits<std::int64_t>::min()},
                          {"most", std::numeric_limits<std::uint64_t>::max()},
                          {"none", std::nan("")},
                          request_id("r-7"),
                          {"small", std::uint16_t{9}}});
  });
  REQUIRE(lines.size() == 2);
  const auto first = parsed(lines[0]);
  CHECK(first.size() == 6);
  CHECK(text_of(first, "level") == "info");
  CHECK(text_of(first, "node") == "n1");
  CHECK(text_of(first, "msg") == "peer is back");
  CHECK(text_of(first, "peer") == "n2");
  CHECK(first.at("after_ms").as_int64() == 120);
  CHECK(text_of(first, "ts").size() ==
        std::string_view("2026-01-02T03:04:05.678Z").size());
  const auto second = parsed(lines[1]);
  CHECK(second.at("yes").as_bool());
  CHECK(second.at("share").as_double() == 0.5);
  CHECK(second.at("least").as_int64() == std::numeric_limits<std::int64_t>::min());
  CHECK(second.at("most").as_uint64() == std::numeric_limits<std::uint64_t>::max());
  CHECK(second.at("none").is_null());
  CHECK(text_of(second, "request_id") == "r-7");
}

TEST_CASE("a time is that of the meridian, to the millisecond") {
  const auto line = [](std::int64_t unix_ms) {
    return log_line(LogFormat::text, {.unix_ms = unix_ms, .node = "n", .message = "m"});
  };
  CHECK(line(0) == "1970-01-01T00:00:00.000Z info  n: m");
  CHECK(line(951'827'696'007) == "2000-02-29T12:34:56.007Z info  n: m");
}

TEST_CASE("what is below the level is not written") {
  const auto written = [](LogLevel level) {
    const EventLog log("n1", {.level = level});
    std::string levels;
    for (const std::string& line : said([&] {
           log.debug("a");
           log.info("b");
           log.warn("c");
           log.error("d");
         })) {
      levels += text_of(parsed(line), "msg");
    }
    CHECK(log.writes(level));
    CHECK(log.writes(LogLevel::debug) == (level == LogLevel::debug));
    return levels;
  };
  CHECK(written(LogLevel::debug) == "abcd");
  CHECK(written(LogLevel::info) == "bcd");
  CHECK(written(LogLevel::warn) == "cd");
  CHECK(written(LogLevel::error) == "d");
}

TEST_CASE("hostile bytes stay in their line, and come back from it") {
  const EventLog log(kHostile, {});
  const auto lines =
      said([&] { log.info(kHostile, {{"key", kHostile}, {kHostile, "%v %t {} {0}"}}); });
  REQUIRE(lines.size() == 1);
  CHECK(one_line(lines[0]) == lines[0]);
  const auto line = parsed(lines[0]);
  CHECK(text_of(line, "node") == kHostile);
  CHECK(text_of(line, "msg") == kHostile);
  CHECK(text_of(line, "key") == kHostile);
  CHECK(text_of(line, kHostile) == "%v %t {} {0}");
}

TEST_CASE("any bytes make a line of JSON; valid UTF-8 comes back as it was") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    std::string bytes;
    for (std::uint64_t i = rng.below(40); i > 0; --i) {
      const auto kind = rng.below(3);
      if (kind == 0) bytes += static_cast<char>(rng.below(256));
      if (kind == 1) bytes += static_cast<char>(rng.below(128));
      if (kind == 2) bytes += rng.below(2) == 0 ? "\xF0\x9F\x98\x80" : "\xE2\x80\xA8";
    }
    const std::string line = log_line(
        LogFormat::json, {.node = "n", .message = "m", .fields = {{"key", bytes}}});
    CHECK(one_line(line) == line);
    const std::string back = text_of(parsed(line), "key");
    bool is_utf8 = true;
    for (std::string_view rest = bytes; !rest.empty() && is_utf8;) {
      const auto length = utf8_length(rest);
      is_utf8 = length > 0;
      rest.remove_prefix(length);
    }
    if (is_utf8) CHECK(back == bytes);
    const std::string text = log_line(
        LogFormat::text, {.node = "n", .message = "m", .fields = {{"key", bytes}}});
    CHECK(one_line(text) == text);
  }
}

TEST_CASE("in text no value looks like another field") {
  const auto line = [](std::string_view value) {
    return log_line(LogFormat::text,
                    {.node = "n", .message = "m", .fields = {{"key", value}}})
        .substr(std::string_view("1970-01-01T00:00:00.000Z info  n: m ").size());
  };
  CHECK(line("cart") == "key=cart");
  CHECK(line("") == "key=\"\"");
  CHECK(line("a level=error") == "key=\"a level=error\"");
  CHECK(line("\" x=1") == "key=\"\\\" x=1\"");
  CHECK(line("a\nb") == "key=a\\x0ab");
}

TEST_CASE("what is longer than a key is cut") {
  const std::string line = log_line(
      LogFormat::json,
      {.node = "n", .message = "m", .fields = {{"value", std::string(1 << 20, 'x')}}});
  CHECK(text_of(parsed(line), "value") == std::string(4096, 'x') + "...");
}

TEST_CASE("lines of many threads do not mix") {
  const EventLog log("n1", {});
  const auto lines = said([&] {
    std::vector<std::jthread> threads;
    for (int who = 0; who < 4; ++who) {
      threads.emplace_back([&log, who] {
        for (int i = 0; i < 500; ++i) {
          log.info("turn",
                   {{"who", who}, {"turn", i}, {"filling", std::string(300, 'x')}});
        }
      });
    }
  });
  REQUIRE(lines.size() == 2000);
  std::vector<std::int64_t> next(4);
  for (const std::string& line : lines) {
    const auto turn = parsed(line);
    auto& expected = next.at(static_cast<std::size_t>(turn.at("who").as_int64()));
    CHECK(turn.at("turn").as_int64() == expected);
    ++expected;
  }
}
