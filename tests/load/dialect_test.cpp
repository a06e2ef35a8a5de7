#include "v4_replicated_kv/bench/dialect.hpp"

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"

using namespace kv;
using namespace kv::bench;

namespace {

struct Said {
  Verb verb;
  std::string bytes;
};

// Of every cut nothing is taken, of the whole all, whatever follows it.
Answer read_whole(const Dialect& dialect, const Said& said,
                  std::string* value = nullptr) {
  for (std::size_t cut = 0; cut < said.bytes.size(); ++cut) {
    CAPTURE(cut);
    Answer answer;
    const auto taken =
        dialect.read(std::string_view(said.bytes).substr(0, cut), said.verb, answer);
    REQUIRE(taken);
    REQUIRE(*taken == 0);
  }
  Answer answer;
  const std::string more = said.bytes + "$3\r\n";
  const auto taken = dialect.read(more, said.verb, answer);
  REQUIRE(taken);
  REQUIRE(*taken == said.bytes.size());
  if (value != nullptr) *value = answer.value;  // the answer only looks at it
  return answer;
}

void check_refused(const Dialect& dialect, const Said& said, std::string_view why) {
  CAPTURE(said.bytes.substr(0, 80));
  Answer answer;
  const auto taken = dialect.read(said.bytes, said.verb, answer);
  REQUIRE_FALSE(taken);
  CHECK(taken.error().code == Errc::bad_input);
  CHECK(taken.error().detail.find(why) != std::string::npos);
}

std::string asked(const Dialect& dialect, const Request& request) {
  std::string out;
  dialect.append(out, request);
  return out;
}

std::string http_answer(int status, std::string_view headers, std::string_view body) {
  return "HTTP/1.1 " + std::to_string(status) + " Some Words\r\n" + std::string(headers) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

}  // namespace

TEST_CASE("requests of the Redis protocol are arrays of strings") {
  const auto resp = resp_dialect();
  CHECK(asked(*resp, {.verb = Verb::get, .key = "cart"}) ==
        "*2\r\n$3\r\nGET\r\n$4\r\ncart\r\n");
  CHECK(asked(*resp, {.verb = Verb::put, .key = "cart", .value = "a\r\nb"}) ==
        "*3\r\n$3\r\nSET\r\n$4\r\ncart\r\n$4\r\na\r\nb\r\n");
  CHECK(asked(*resp, {.verb = Verb::scan, .limit = 10}) ==
        "*4\r\n$4\r\nSCAN\r\n$1\r\n0\r\n$5\r\nCOUNT\r\n$2\r\n10\r\n");
  CHECK(asked(*resp, {.verb = Verb::scan, .limit = 7, .cursor = "99"}) ==
        "*4\r\n$4\r\nSCAN\r\n$2\r\n99\r\n$5\r\nCOUNT\r\n$1\r\n7\r\n");
}

TEST_CASE("answers of the Redis protocol are read whole, however they are cut") {
  const auto resp = resp_dialect();
  std::string value;
  auto answer = read_whole(*resp, {Verb::get, "$5\r\na\r\nbc\r\n"}, &value);
  CHECK(answer.kind == Answer::Kind::done);
  CHECK(value == "a\r\nbc");
  CHECK(read_whole(*resp, {Verb::get, "$0\r\n\r\n"}).kind == Answer::Kind::done);
  CHECK(read_whole(*resp, {Verb::get, "$-1\r\n"}).kind == Answer::Kind::missing);
  CHECK(read_whole(*resp, {Verb::put, "+OK\r\n"}).kind == Answer::Kind::done);
  answer = read_whole(*resp, {Verb::put, "-QUORUM 1 of 2 owners answered\r\n"});
  CHECK(answer.kind == Answer::Kind::failed);
  CHECK(answer.error == "QUORUM");
  CHECK(answer.sentence == "QUORUM 1 of 2 owners answered");
  answer =
      read_whole(*resp, {Verb::scan, "*2\r\n$2\r\n17\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n"});
  CHECK(answer.cursor == "17");
  CHECK(read_whole(*resp, {Verb::scan, "*2\r\n$1\r\n0\r\n*0\r\n"}).cursor.empty());
}

TEST_CASE("what is no answer of the Redis protocol is refused, before memory is taken") {
  const auto resp = resp_dialect();
  check_refused(*resp, {Verb::get, "HTTP/1.1 400\r\n"}, "a line that begins with H");
  check_refused(*resp, {Verb::get, "$99999999999\r\n"}, "the length 99999999999");
  check_refused(*resp, {Verb::get, "$999999999\r\n"}, "a value of 999999999 bytes");
  check_refused(*resp, {Verb::get, "$-2\r\n"}, "the length -2");
  check_refused(*resp, {Verb::get, "$1\r\nabc"}, "a value too long");
  check_refused(*resp, {Verb::get, "+OK\r\n"}, "+ where $ was expected");
  check_refused(*resp, {Verb::put, "$2\r\nOK\r\n"}, "$ where + was expected");
  check_refused(*resp, {Verb::put, "\r\n"}, "an empty line");
  check_refused(*resp, {Verb::scan, "*1000001\r\n"}, "an array of 1000001");
  check_refused(*resp, {Verb::scan, "*0\r\n"}, "without a cursor");
  check_refused(*resp, {Verb::scan, "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n"}, "arrays within");
  check_refused(*resp, {Verb::put, "+" + std::string(70'000, 'x')}, "more than 64 KiB");
}

TEST_CASE("requests of HTTP carry the copies that were asked for") {
  const auto plain = http_dialect("h:1", {});
  CHECK(asked(*plain, {.verb = Verb::get, .key = "cart"}) ==
        "GET /api/v1/kv/cart HTTP/1.1\r\nHost: h:1\r\n"
        "Accept: application/octet-stream\r\n\r\n");
  CHECK(asked(*plain, {.verb = Verb::put, .key = "cart", .value = "abc"}) ==
        "PUT /api/v1/kv/cart HTTP/1.1\r\nHost: h:1\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\nabc");
  CHECK(asked(*plain, {.verb = Verb::scan, .limit = 5, .cursor = "a b"}) ==
        "GET /api/v1/keys?limit=5&cursor=a%20b HTTP/1.1\r\nHost: h:1\r\n\r\n");
  const auto counted = http_dialect("h:1", {.r = 1, .w = 3});
  CHECK(asked(*counted, {.verb = Verb::get, .key = "k"})
            .starts_with("GET /api/v1/kv/k?r=1 "));
  CHECK(asked(*counted, {.verb = Verb::put, .key = "k"})
            .starts_with("PUT /api/v1/kv/k?w=3 "));
  const auto level = http_dialect("h:1", {.level = "all"});
  CHECK(asked(*level, {.verb = Verb::get, .key = "k"})
            .starts_with("GET /api/v1/kv/k?consistency=all "));
}

TEST_CASE("answers of HTTP are read whole, however they are cut") {
  const auto dialect = http_dialect("h:1", {});
  std::string value;
  auto answer = read_whole(
      *dialect, {Verb::get, http_answer(200, "x-y: z\r\n", "a\r\n\r\nb")}, &value);
  CHECK(answer.kind == Answer::Kind::done);
  CHECK(value == "a\r\n\r\nb");
  CHECK_FALSE(answer.closes);
  answer =
      read_whole(*dialect, {Verb::get, http_answer(404, "CONNECTION:  Close\r\n", "{}")});
  CHECK(answer.kind == Answer::Kind::missing);
  CHECK(answer.closes);
  answer = read_whole(
      *dialect, {Verb::put, http_answer(503, "",
                                        R"({"error":"1 of 2 owners answered",)"
                                        R"("code":"write_quorum_not_reached",)"
                                        R"("http_status":503,"outcome":"unknown"})")});
  CHECK(answer.kind == Answer::Kind::failed);
  CHECK(answer.error == "write_quorum_not_reached");
  answer = read_whole(*dialect,
                      {Verb::get, http_answer(300, "",
                                              R"({"key":"k","siblings":[{"value":"a"},)"
                                              R"({"value":"b"}],"context":"c"})")});
  CHECK(answer.siblings == std::vector<std::string>{"a", "b"});
  answer =
      read_whole(*dialect, {Verb::scan, http_answer(200, "",
                                                    R"({"keys":["\"cursor\":\"no\""],)"
                                                    R"("cursor":"yes"})")});
  CHECK(answer.cursor == "yes");
  answer = read_whole(*dialect,
                      {Verb::scan, http_answer(200, "", R"({"keys":[],"cursor":null})")});
  CHECK(answer.cursor.empty());
}

TEST_CASE("what bench does not read of HTTP is refused, before memory is taken") {
  const auto dialect = http_dialect("h:1", {});
  const auto head = [](std::string_view rest) {
    return "HTTP/1.1 200 OK\r\n" + std::string(rest) + "\r\n\r\n";
  };
  check_refused(*dialect, {Verb::get, "-ERR no\r\n\r\n"}, "it begins with -ERR no");
  check_refused(*dialect, {Verb::get, "HTTP/1.0 200 OK\r\n\r\n"},
                "it begins with HTTP/1.0");
  check_refused(*dialect, {Verb::get, "HTTP/1.1 1x0 OK\r\n\r\n"}, "it begins with");
  check_refused(*dialect, {Verb::get, head("A: b")}, "without a length");
  check_refused(*dialect, {Verb::get, head("Content-Length: 99999999999")}, "the length");
  check_refused(*dialect, {Verb::get, head("Content-Length: -1")}, "the length -1");
  check_refused(*dialect, {Verb::get, head("Content-Length: 1\r\nContent-Length: 2")},
                "the length 2");
  check_refused(*dialect, {Verb::get, head("Transfer-Encoding: chunked")}, "in chunks");
  check_refused(*dialect, {Verb::get, head("nonsense")}, "without a colon");
  check_refused(*dialect,
                {Verb::get, "HTTP/1.1 200 OK\r\nA: " + std::string(40'000, 'x')},
                "more than 32 KiB");
}

TEST_CASE("whatever a server says, the answer is read, awaited or refused") {
  const auto resp = resp_dialect();
  const auto http_one = http_dialect("h:1", {});
  const std::vector<std::string> whole{
      "$5\r\nabcde\r\n", "*2\r\n$2\r\n17\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n", "+OK\r\n",
      http_answer(200, "A: b\r\n", "abc"),
      http_answer(300, "", R"({"siblings":[{"value":"a"}]})")};
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    std::string bytes = whole[rng.below(whole.size())];
    for (std::uint64_t i = 0; i <= rng.below(3); ++i) {
      bytes[rng.below(bytes.size())] = rng.below(2) == 0 ? static_cast<char>(rng.next())
                                                         : "$*+-:019\r\n"[rng.below(10)];
    }
    for (const Dialect* const dialect : {resp.get(), http_one.get()}) {
      for (const Verb verb : {Verb::get, Verb::put, Verb::scan}) {
        Answer answer;
        const auto taken = dialect->read(bytes, verb, answer);
        REQUIRE((!taken || *taken <= bytes.size()));
      }
    }
  }
}
