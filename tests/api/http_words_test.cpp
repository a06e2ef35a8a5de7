// The parts of HTTP that need no socket.
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
