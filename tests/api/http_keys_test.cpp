// Keys and values as clients put and get them, over real sockets.
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "common/base/base64.hpp"
#include "tests/api/http_server.hpp"
#include "tests/api/kv_client.hpp"
#include "tests/storage/temporary_directory.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::chrono_literals;
using namespace std::string_literals;
using Json = nlohmann::json;

TEST_CASE("a key is stored, found, deleted; each answer is as the contract has it") {
  const HttpServer server;
  RawClient client = server.client();
  const HttpAnswer stored =
      client.ask(request_text("PUT", "/api/v1/kv/cart", R"({"value":"apples"})"));
  CHECK(stored.status == 200);
  CHECK(Json::parse(stored.body) == Json::parse(R"({"key":"cart","status":"stored",
        "acks":1,"w":1,"n":1,"context":""})"));
  CHECK(get_json(client, "cart") == Json::parse(R"({"key":"cart","value":"apples",
        "context":"","replies":1,"r":1,"n":1})"));
  const HttpAnswer head =
      client.ask(request_text("HEAD", "/api/v1/kv/cart", {}, kAccept));
  CHECK(head.status == 200);
  CHECK(head.header("Content-Length") == "6");
  CHECK(
      Json::parse(client.ask(request_text("DELETE", "/api/v1/kv/cart")).body)["status"] ==
      "deleted");
  check_error(get(client, "cart"), 404, "not_found");
  CHECK(client.ask(request_text("DELETE", "/api/v1/kv/never")).status == 200);
}

TEST_CASE("keys are bytes: each is itself, and none is a path") {
  const TemporaryDirectory directory;
  const HttpServer server({}, quick_options(directory.path()));
  RawClient client = server.client();
  std::vector<std::string> keys{"../../etc/passwd",
                                "..",
                                ".",
                                "a/b",
                                "a%2Fb",
                                "a%252Fb",
                                "\xC0\xAF",
                                "\xFF\xFE",
                                "a\r\nX-Evil: 1",
                                "a\0b"s,
                                "\0"s,
                                "+",
                                " ",
                                "a b",
                                "?x=1",
                                "#",
                                "\"",
                                "\\",
                                "{}",
                                "é",
                                std::string(4096, '\xFF'),
                                all_bytes()};
  for (int byte = 0; byte < 256; ++byte) keys.emplace_back(1, static_cast<char>(byte));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    REQUIRE(put(client, keys[i], "value " + std::to_string(i)).status == 200);
  }
  // The last 256 are of one byte, and four of those were there before.
  for (std::size_t i = 0; i < keys.size(); ++i) {
    CAPTURE(i);
    const HttpAnswer found = get(client, keys[i]);
    CHECK(found.status == 200);
    CHECK_FALSE(found.head.contains("X-Evil"));
    if (keys[i].size() != 1 || i >= keys.size() - 256) {
      CHECK(found.body == "value " + std::to_string(i));
    }
    const Json body = get_json(client, keys[i]);
    std::string said;
    if (body.contains("key")) {
      said = body["key"].get<std::string>();
    } else {
      said = decode_base64(body["key_base64"].get<std::string>()).value_or("");
    }
    CHECK(said == keys[i]);
  }
  // As they are, where they may be.
  CHECK(client.ask(request_text("GET", "/api/v1/kv/..", {}, kAccept)).body == "value 1");
  CHECK(client.ask(request_text("GET", "/api/v1/kv/\xFF\xFE", {}, kAccept)).body ==
        "value 7");
}

TEST_CASE("what is no key has an answer of its own") {
  const HttpServer server;
  RawClient client = server.client();
  const auto get_path = [&](std::string_view path) {
    return client.ask(request_text("GET", path));
  };
  check_error(get_path("/api/v1/kv/"), 400, "bad_request");
  check_error(get_path("/api/v1/kv/a/b"), 404, "not_found");
  check_error(get_path("/api/v1/kv/a%"), 400, "bad_request");
  check_error(get_path("/api/v1/kv/a%2"), 400, "bad_request");
  check_error(get_path("/api/v1/kv/a%GG"), 400, "bad_request");
  check_error(get_path("/api/v1/kv/a#b"), 400, "bad_request");
  check_error(get_path("/api/v1/kv/" + escaped(std::string(4097, 'k'))), 414,
              "too_large");
}

TEST_CASE("values of any bytes and length come back as they were, raw and in JSON") {
  const HttpServer server({.patience = 1h});  // unoptimised, 100 MB of JSON take long
  RawClient client = server.client();
  std::vector<std::string> values{"",
                                  "x",
                                  all_bytes(),
                                  "héllo",
                                  "\0"s,
                                  "\"\\\b\n\x7F",
                                  "\xED\xA0\x80",
                                  std::string(65'536, 'a'),
                                  std::string(1 << 20, '\xFF'),
                                  std::string(3'000'000, 'b'),
                                  std::string(16 << 20, '\0')};
  for (std::size_t i = 0; i < values.size(); ++i) {
    CAPTURE(i);
    const std::string& value = values[i];
    REQUIRE(put(client, "raw", value).status == 200);
    CHECK((get(client, "raw").body == value));
    const Json found = get_json(client, "raw");
    const std::string text =
        found.contains("value")
            ? found["value"].get<std::string>()
            : decode_base64(found["value_base64"].get<std::string>()).value_or("bad");
    CHECK((text == value));
    std::string encoded;
    append_base64(encoded, value);
    REQUIRE(put_json(client, "json", {{"value_base64", encoded}}).status == 200);
    CHECK((get(client, "json").body == value));
    if (found.contains("value") && value.size() <= (1 << 20)) {
      REQUIRE(put_json(client, "text", {{"value", value}}).status == 200);
      CHECK((get(client, "text").body == value));
    }
  }
  check_error(put(client, "raw", std::string((16 << 20) + 1, 'x')), 413, "too_large");
}

TEST_CASE("a value over its limit is refused, however it comes") {
  const HttpServer server({.value_bytes_max = 10});
  RawClient client = server.client();
  CHECK(put(client, "k", std::string(10, 'x')).status == 200);
  check_error(put_json(client, "k", {{"value", std::string(11, 'x')}}), 413, "too_large");
  check_error(put_json(client, "k", {{"value_base64", "AAAAAAAAAAAAAAA="}}), 413,
              "too_large");
  CHECK(get(client, "k").body == std::string(10, 'x'));
}

TEST_CASE("parameters are taken once, in their bounds, and by their right names") {
  const HttpServer server;
  RawClient client = server.client();
  REQUIRE(put(client, "k", "v").status == 200);
  for (const std::string query : {"r=0",
                                  "r=-1",
                                  "r=2",
                                  "r=2147483648",
                                  "r=99999999999999999999",
                                  "r=1e3",
                                  "r=",
                                  "r",
                                  "r=1&r=1",
                                  "r=+1",
                                  "r=%201",
                                  "r=0x1",
                                  "w=0",
                                  "w=2",
                                  "consistency=",
                                  "consistency=ONE",
                                  "consistency=any",
                                  "consistency=local_one",
                                  "consistency=local_quorum",
                                  "consistency=one&r=1",
                                  "consistency=one&w=1",
                                  "timeout_ms=0",
                                  "timeout_ms=600001",
                                  "timeout_ms=1e3",
                                  "timeout_ms=-5",
                                  "ttl_s=5",
                                  "quorum=1",
                                  "r=%",
                                  "r=%3",
                                  "%72=2",
                                  "&r=1",
                                  "=1"}) {
    CAPTURE(query);
    check_error(client.ask(request_text("GET", "/api/v1/kv/k?" + query)), 400,
                "bad_request");
  }
  const auto why = [&](const std::string& query) {
    return Json::parse(
               client.ask(request_text("GET", "/api/v1/kv/k?" + query)).body)["error"]
        .get<std::string>();
  };
  for (const std::string number : {"0", "2", "99999999999"}) {
    CHECK(why("w=" + number) == "w is 1 to 1, the copies of a key, not " + number);
  }
  for (const std::string query :
       {"", "r=1", "%72=1", "r=%31", "r=1&", "w=1", "r=1&w=1", "consistency=one",
        "consistency=quorum", "consistency=all", "consistency=linearizable",
        "timeout_ms=600000", "r=01"}) {
    CAPTURE(query);
    CHECK(client.ask(request_text("GET", "/api/v1/kv/k?" + query)).status == 200);
  }
  for (const std::string query :
       {"ttl_s=0", "ttl_s=-1", "ttl_s=1e3", "ttl_s=", "ttl_s=3153600001",
        "ttl_s=1&ttl_s=1", "ttl_s=18446744073709551616", "ttl_s=18446744073709551"}) {
    CAPTURE(query);
    check_error(client.ask(request_text("PUT", "/api/v1/kv/k?" + query, "x", kSend)), 400,
                "bad_request");
  }
  check_error(client.ask(request_text("PUT", "/api/v1/kv/k?ttl_s=5",
                                      R"({"value":"x","ttl_s":5})")),
              400, "bad_request");
  CHECK(get(client, "k").body == "v");
}

TEST_CASE(
    "a door hands a node that is to be added to whoever adds nodes, and checks it") {
  std::vector<std::pair<std::string, double>> added;
  const HttpServer server({.add_server = [&](const http::ServerToAdd& what, auto done) {
    added.emplace_back(what.url, what.weight);
    done(http::Answer{.body = "{}"});
  }});
  RawClient client = server.client();
  for (const char* const body :
       {"{}", "[]", R"({"url":5})", R"({"url":"a:1","weight":"2"})",
        R"({"url":"a:1","weight":0})", R"({"url":"a:1","weight":-1})",
        R"({"url":"a:1","weight":1e9})", R"({"url":"a:1","heavy":1})"}) {
    CAPTURE(body);
    check_error(client.ask(request_text("POST", "/AddServer", body)), 400, "bad_request");
  }
  CHECK(added.empty());
  CHECK(client.ask(request_text("GET", "/AddServer")).status == 405);
  for (const char* const body : {R"({"url":"a:1"})", R"({"weight":2.5,"url":"b:2"})",
                                 R"({"url":"c:3","weight":1000})"}) {
    CHECK(client.ask(request_text("POST", "/AddServer", body)).status == 200);
  }
  CHECK(added == std::vector<std::pair<std::string, double>>{
                     {"a:1", 0}, {"b:2", 2.5}, {"c:3", 1000}});
  // Others do not do it.
  const HttpServer node;
  check_error(node.client().ask(request_text("POST", "/AddServer", R"({"url":"a:1"})")),
              404, "not_found");
}
