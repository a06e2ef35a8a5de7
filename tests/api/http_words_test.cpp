// The parts of HTTP that need no socket.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/api/http/answer.hpp"
#include "v4_replicated_kv/api/http/head_scan.hpp"
#include "v4_replicated_kv/api/http/json_text.hpp"
#include "v4_replicated_kv/api/http/kv_answer.hpp"
#include "v4_replicated_kv/api/http/percent.hpp"
#include "v4_replicated_kv/api/http/request_parser.hpp"
#include "v4_replicated_kv/api/http/route.hpp"

using namespace kv;
using namespace kv::http;

namespace {

// What a scan says of bytes that come in two portions.
std::string verdict(std::string_view bytes, std::size_t cut) {
  HeadScan scan;
  for (const std::size_t shown : {cut, bytes.size()}) {
    const auto is_whole = scan.look(bytes.substr(0, shown));
    if (!is_whole) return std::to_string(is_whole.error().status);
    if (*is_whole) return "whole, " + std::to_string(scan.end());
  }
  return "more";
}

// The body that comes in these chunks, so many bytes at a time; or the status that refuses it.
std::string body_of(std::string_view chunks, std::size_t portion) {
  RequestParser parser;
  const auto head =
      parser.feed("PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  REQUIRE(head.step == RequestParser::Step::head);
  parser.expect_body(1000);
  std::string in;
  while (!chunks.empty()) {
    in += chunks.substr(0, portion);
    chunks.remove_prefix(std::min(portion, chunks.size()));
    const auto fed = parser.feed(in);
    in.erase(0, fed.used);
    if (fed.step == RequestParser::Step::refused) {
      return std::to_string(parser.refusal().status);
    }
    if (fed.step == RequestParser::Step::done) {
      CHECK((in.empty() && chunks.empty()));
      return parser.request().body;
    }
  }
  return "more";
}

}  // namespace

TEST_CASE("a head is read alike wherever its bytes were cut") {
  const std::vector<std::string> heads{
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
      "\r\nGET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n",
      "GET / HTTP/1.1\r\nHost: x\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\n b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
      "\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
  };
  for (const std::string& head : heads) {
    CAPTURE(head);
    const std::string at_once = verdict(head, head.size());
    for (std::size_t cut = 0; cut < head.size(); ++cut) {
      CAPTURE(cut);
      CHECK(verdict(head, cut) == at_once);
    }
  }
}

TEST_CASE("the limits of a head are where they are said to be") {
  const auto with_line = [](std::size_t bytes) {
    const std::string rest = " HTTP/1.1\r\nHost: x\r\n\r\n";
    return "GET /" + std::string(bytes - 5 - 11, 'a') + rest;
  };
  HeadScan scan;
  CHECK(scan.look(with_line(kRequestLineMax)).has_value());
  scan.reset();
  CHECK(scan.look(with_line(kRequestLineMax + 1)).error().status == 414);
  const auto with_fields = [](std::size_t bytes) {
    const std::string host = "Host: x\r\nA: ";
    return "GET / HTTP/1.1\r\n" + host + std::string(bytes - host.size() - 4, 'a') +
           "\r\n\r\n";
  };
  scan.reset();
  CHECK(scan.look(with_fields(kFieldBytesMax)).has_value());
  scan.reset();
  CHECK(scan.look(with_fields(kFieldBytesMax + 1)).error().status == 431);
}

TEST_CASE("the limits around chunks are where they are said to be, however bytes come") {
  const auto line = [](std::size_t bytes) {
    return "5;" + std::string(bytes - 4, 'e') + "\r\nhello\r\n0\r\n\r\n";
  };
  const auto zeros = [](std::size_t bytes) {
    return std::string(bytes - 3, '0') + "5\r\nhello\r\n0\r\n\r\n";
  };
  const auto trailers = [](std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += "a:\r\n";
    return "5\r\nhello\r\n0\r\n" + all + "\r\n";
  };
  const auto trailer = [](std::size_t bytes) {
    return "5\r\nhello\r\n0\r\na:" + std::string(bytes - 6, 'b') + "\r\n\r\n";
  };
  struct Row {
    std::string body;
    std::string is;
  };
  const std::vector<Row> rows{
      {line(kChunkLineMax), "hello"},
      {line(kChunkLineMax + 1), "400"},
      {line(100'000), "400"},
      {zeros(kChunkLineMax), "hello"},
      {zeros(kChunkLineMax + 1), "400"},
      {trailers(kFieldsMax), "hello"},
      {trailers(kFieldsMax + 1), "431"},
      {trailers(20'000), "431"},
      {trailer(kFieldBytesMax), "hello"},
      {trailer(kFieldBytesMax + 1), "431"},
      {"0\r\n\r\n", ""},
      {"5;a=\"b\"\r\nhello\r\n000\r\nX: y\r\n\r\n", "hello"},
      {"5\nhello\r\n0\r\n\r\n", "400"},
      {"5\rhello\r\n0\r\n\r\n", "400"},
      {"5;a\n\r\nhello\r\n0\r\n\r\n", "400"},
      {"\r\n", "400"},
      {"5 junk\r\nhello\r\n0\r\n\r\n", "400"},
      {"5\r\nhello!\r\n0\r\n\r\n", "400"},
      {"10000000000000000\r\n", "400"},
      {"0\r\nno colon\r\n\r\n", "400"},
      {"0\r\na: b\n\r\n", "400"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body.substr(0, 100));
    for (const std::size_t portion : {1UL, 2UL, 3UL, 1000UL, row.body.size()}) {
      CAPTURE(portion);
      CHECK(body_of(row.body, portion) == row.is);
    }
  }
}

TEST_CASE("percent-encoding is undone once, and only where it is one") {
  CHECK(percent_decoded("a%2Fb%00%ff") == std::string("a/b\0\xFF", 5));
  CHECK(percent_decoded("%252F") == "%2F");
  CHECK(percent_decoded("a+b") == "a+b");
  CHECK(percent_decoded("") == "");
  for (const std::string bad : {"%", "%2", "%GG", "a%2", "%%20", "% 20", "%+2"}) {
    CHECK_FALSE(percent_decoded(bad).has_value());
  }
}

TEST_CASE("what goes wrong has a status and a code of its own") {
  struct Row {
    Trouble trouble;
    Verb verb;
    int status;
    std::string code;
  };
  const std::vector<Row> rows{
      {Trouble::bad_request, Verb::get, 400, "bad_request"},
      {Trouble::not_reached, Verb::get, 503, "read_quorum_not_reached"},
      {Trouble::not_reached, Verb::list, 503, "read_quorum_not_reached"},
      {Trouble::timed_out, Verb::get, 504, "timeout"},
      {Trouble::not_reached, Verb::put, 503, "write_quorum_not_reached"},
      {Trouble::not_reached, Verb::erase, 503, "write_quorum_not_reached"},
      {Trouble::timed_out, Verb::put, 504, "timeout"},
      {Trouble::not_ready, Verb::put, 503, "not_ready"},
      {Trouble::too_large, Verb::put, 413, "too_large"},
      {Trouble::disk_full, Verb::put, 507, "disk_full"},
      {Trouble::conflict, Verb::put, 409, "conflict"},
      {Trouble::overloaded, Verb::put, 429, "overloaded"},
  };
  for (const Row& row : rows) {
    for (const Outcome outcome : {Outcome::refused, Outcome::unknown}) {
      const Answer answer = kv_answer({.verb = row.verb, .key = "k", .copies = 3},
                                      {.outcome = outcome,
                                       .trouble = row.trouble,
                                       .detail = "it went \xFF wrong",
                                       .answers = 1,
                                       .needed = 2},
                                      WallMs{1});
      CAPTURE(answer.body);
      CHECK(answer.status == row.status);
      CHECK(answer.body.contains("\"code\":\"" + row.code + "\""));
      CHECK(answer.body.contains("\"http_status\":" + std::to_string(row.status)));
      CHECK(answer.body.contains(R"("acks":1,"needed":2)"));
      // A read has written nothing, however it ends.
      const bool is_write = row.verb == Verb::put || row.verb == Verb::erase;
      CHECK(answer.body.contains("outcome") == is_write);
      CHECK(answer.body.contains(R"("outcome":"unknown")") ==
            (is_write && outcome == Outcome::unknown));
      CHECK(answer.body.contains(R"("outcome":"refused")") ==
            (is_write && outcome == Outcome::refused));
      CHECK(is_utf8(answer.body));
      CHECK(reason_for(answer.status) != "Answer");
      CHECK((answer.retry_after_s > 0) == (row.status == 429));
    }
  }
}

TEST_CASE("an answer to a HEAD has the length of a body, and none") {
  std::string with;
  std::string without;
  append_answer(with, {.body = "{}"}, {.is_head = false});
  append_answer(without, {.body = "{}"}, {.is_head = true});
  CHECK(with == without + "{}");
  CHECK(without.contains("Content-Length: 2\r\n"));
}
