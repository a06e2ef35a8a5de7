// What may be asked beside one key's value: siblings, retries, batches, the cluster, over real
// sockets.
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/api/http_server.hpp"
#include "tests/api/kv_client.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::string_literals;
using Json = nlohmann::json;

TEST_CASE("a value with a time to live is there, and then is not") {
  const HttpServer server;
  RawClient client = server.client();
  const auto began = std::chrono::steady_clock::now();
  REQUIRE(client.ask(request_text("PUT", "/api/v1/kv/a?ttl_s=1", "v", kSend)).status ==
          200);
  REQUIRE(put_json(client, "b", {{"value", "v"}, {"ttl_s", 1}}).status == 200);
  REQUIRE(put_json(client, "c", {{"value", "v"}, {"ttl_s", 3'153'600'000}}).status ==
          200);
  CHECK(get(client, "a").status == 200);
  while (get(client, "a").status == 200 || get(client, "b").status == 200) {
  }
  CHECK(std::chrono::steady_clock::now() - began >= std::chrono::milliseconds(990));
  CHECK(get(client, "c").status == 200);
}

TEST_CASE("siblings are all told, and a put with their context replaces them") {
  const HttpServer server({}, {}, Policy::siblings);
  RawClient client = server.client();
  const Json first = Json::parse(put(client, "cart", "apples").body);
  const std::string seen = first["context"];
  CHECK_FALSE(seen.empty());
  // Two that have seen the same, each in its own way of saying so.
  REQUIRE(client
              .ask(request_text("PUT", "/api/v1/kv/cart", "plums",
                                std::string(kSend) + "X-Context: " + seen + "\r\n"))
              .status == 200);
  REQUIRE(put_json(client, "cart", {{"value", "\xC3\xA4"}, {"context", seen}}).status ==
          200);
  const HttpAnswer both = get(client, "cart");
  CHECK(both.status == 300);
  CHECK(both.header("Content-Type") == "application/json");
  const Json body = Json::parse(both.body);
  CHECK(body["siblings"].size() == 2);
  CHECK(both.header("X-Context") == body["context"].get<std::string>());
  const std::string context = body["context"];
  const HttpAnswer merged = client.ask(request_text(
      "PUT", "/api/v1/kv/cart?context=" + escaped(context), "plums, pears", kSend));
  CHECK(merged.status == 200);
  CHECK(merged.header("X-Context") ==
        Json::parse(merged.body)["context"].get<std::string>());
  const HttpAnswer one = get(client, "cart");
  CHECK(one.status == 200);
  CHECK(one.body == "plums, pears");
  CHECK_FALSE(one.header("X-Context").empty());
  // Said twice, of another key, or made up.
  check_error(
      client.ask(request_text("PUT", "/api/v1/kv/cart?context=" + seen, "x",
                              std::string(kSend) + "X-Context: " + seen + "\r\n")),
      400, "bad_request");
  check_error(put_json(client, "other", {{"value", "x"}, {"context", seen}}), 400,
              "bad_request");
  check_error(put_json(client, "cart", {{"value", "x"}, {"context", "AAAA"}}), 400,
              "bad_request");
  CHECK(client.ask(request_text("DELETE", "/api/v1/kv/cart?context=" + context)).status ==
        200);
  CHECK(get(client, "cart").body == "plums, pears");  // the delete had not seen those
}

TEST_CASE("what is no context is refused also where the last write wins") {
  const HttpServer server;
  RawClient client = server.client();
  check_error(put_json(client, "k", {{"value", "x"}, {"context", "apples"}}), 400,
              "bad_request");
  check_error(client.ask(request_text("PUT", "/api/v1/kv/k", "x",
                                      std::string(kSend) + "X-Context: AAAA\r\n")),
              400, "bad_request");
  check_error(client.ask(request_text("DELETE", "/api/v1/kv/k?context=AAAA")), 400,
              "bad_request");
  CHECK(get(client, "k").status == 404);
  CHECK(put_json(client, "k", {{"value", "x"}, {"context", ""}}).status == 200);
}

TEST_CASE("a retry with its request's id is the same write") {
  const HttpServer server({}, {}, Policy::siblings);
  RawClient client = server.client();
  const std::string seen = Json::parse(put(client, "k", "first").body)["context"];
  const auto try_it = [&](const std::string& id) {
    const HttpAnswer answer = client.ask(request_text(
        "PUT", "/api/v1/kv/k", "second",
        std::string(kSend) + "X-Context: " + seen + "\r\nX-Request-Id: " + id + "\r\n"));
    CHECK(answer.header("X-Request-Id") == id);
    return answer.status;
  };
  CHECK(try_it("order-17") == 200);
  CHECK(try_it("order-17") == 200);
  CHECK(get(client, "k").status == 200);
  CHECK(try_it("order-18") == 200);
  CHECK(get(client, "k").status == 300);
  for (const std::string& id : {std::string(129, 'i'), "a b"s, "\xC3\xA4"s}) {
    check_error(client.ask(request_text("GET", "/api/v1/kv/k", {},
                                        "X-Request-Id: " + id + "\r\n")),
                400, "bad_request");
  }
}

TEST_CASE("an empty request id names nothing: each such write is one of its own") {
  const HttpServer server({}, {}, Policy::siblings);
  RawClient client = server.client();
  const std::string seen = Json::parse(put(client, "k", "first").body)["context"];
  for (int i = 0; i < 2; ++i) {
    const HttpAnswer answer = client.ask(request_text(
        "PUT", "/api/v1/kv/k", "again",
        std::string(kSend) + "X-Context: " + seen + "\r\nX-Request-Id: \r\n"));
    CHECK(answer.status == 200);
    CHECK_FALSE(answer.head.contains("X-Request-Id"));
  }
  CHECK(get(client, "k").status == 300);
}

TEST_CASE("a header that would change what a write does is heeded or refused") {
  const HttpServer server;
  RawClient client = server.client();
  REQUIRE(put(client, "k", "before").status == 200);
  const auto ask = [&](const std::string& method, const std::string& header) {
    return client.ask(request_text(method, "/api/v1/kv/k", method == "PUT" ? "after" : "",
                                   std::string(kSend) + header + "\r\n"));
  };
  for (const std::string header :
       {"If-None-Match: *", "If-Match: \"a\"", "If-Match: *",
        "If-Unmodified-Since: Sun, 22 Nov 2026 20:00:00 GMT"}) {
    CAPTURE(header);
    check_error(ask("PUT", header), 501, "bad_request");
    check_error(ask("DELETE", header), 501, "bad_request");
    CHECK(ask("GET", header).status == 200);
  }
  for (const std::string header :
       {"Content-Encoding: gzip", "Content-Encoding: br, identity",
        "Content-Encoding: gzip\r\nContent-Encoding: identity",
        "Content-Encoding: identity\r\nContent-Encoding: gzip"}) {
    CAPTURE(header);
    check_error(ask("PUT", header), 415, "bad_request");
  }
  CHECK(get(client, "k").body == "before");
  check_error(client.ask(request_text("POST", "/api/v1/batch", R"({"operations":[]})",
                                      "If-Match: *\r\n")),
              501, "bad_request");
  CHECK(ask("PUT", "Content-Encoding: Identity").status == 200);
  CHECK(get(client, "k").body == "after");
}

TEST_CASE("a batch answers each operation, in order") {
  const HttpServer server;
  RawClient client = server.client();
  REQUIRE(put(client, "there", "v").status == 200);
  const Json batch = {
      {"operations",
       {{{"type", "put"}, {"key", "a"}, {"value", "1"}},
        {{"type", "get"}, {"key", "there"}},
        {{"type", "get"}, {"key", "nowhere"}},
        {{"type", "delete"}, {"key_base64", "/w=="}},
        {{"type", "put"}, {"key", ""}, {"value", "1"}},
        {{"type", "put"}, {"key", "a"}},
        {{"type", "get"}, {"key", "a"}, {"value", "1"}},
        {{"type", "cas"}, {"key", "a"}},
        {{"type", "put"}, {"key", "t"}, {"value_base64", "AP8="}, {"ttl_s", 60}},
        7}}};
  const HttpAnswer answer =
      client.ask(request_text("POST", "/api/v1/batch", batch.dump()));
  CHECK(answer.status == 200);
  const Json results = Json::parse(answer.body)["results"];
  REQUIRE(results.size() == 10);
  const std::vector<int> statuses{200, 200, 404, 200, 400, 400, 400, 400, 200, 400};
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    CAPTURE(i);
    CHECK(results[i]["ok"] == (statuses[i] == 200));
    if (statuses[i] != 200) CHECK(results[i]["http_status"] == statuses[i]);
  }
  CHECK(results[1]["value"] == "v");
  CHECK(results[2]["code"] == "not_found");
  CHECK(results[3]["key_base64"] == "/w==");
  CHECK(get(client, "t").body == "\0\xFF"s);
  CHECK(client.ask(request_text("POST", "/api/v1/batch", R"({"operations":[]})")).body ==
        R"({"results":[]})");
  for (const std::string body :
       {"", "[]", "{}", R"({"operations":{}})", R"({"operations":[],"atomic":true})"}) {
    check_error(client.ask(request_text("POST", "/api/v1/batch", body)), 400,
                "bad_request");
  }
}

TEST_CASE("a batch may have a thousand operations, and not one more") {
  const HttpServer server;
  RawClient client = server.client();
  Json batch = {{"operations", Json::array()}};
  for (int i = 0; i < 1000; ++i) {
    batch["operations"].push_back(
        {{"type", "put"}, {"key", std::to_string(i)}, {"value", std::to_string(i * i)}});
  }
  const Json results = Json::parse(
      client.ask(request_text("POST", "/api/v1/batch", batch.dump())).body)["results"];
  REQUIRE(results.size() == 1000);
  for (int i = 0; i < 1000; ++i) {
    CHECK(results[static_cast<std::size_t>(i)]["key"] == std::to_string(i));
  }
  CHECK(get(client, "999").body == "998001");
  batch["operations"].push_back({{"type", "get"}, {"key", "k"}});
  check_error(client.ask(request_text("POST", "/api/v1/batch", batch.dump())), 413,
              "too_large");
}

TEST_CASE("a batch of long values ends in an answer that says what is missing") {
  const HttpServer server;
  RawClient client = server.client();
  REQUIRE(put(client, "long", std::string(1 << 20, 'x')).status == 200);
  Json batch = {{"operations", Json::array()}};
  for (int i = 0; i < 300; ++i) {
    batch["operations"].push_back({{"type", "get"}, {"key", "long"}});
  }
  const HttpAnswer answer =
      client.ask(request_text("POST", "/api/v1/batch", batch.dump()));
  const Json results = Json::parse(answer.body)["results"];
  REQUIRE(results.size() == 300);
  CHECK(results.front()["ok"] == true);
  CHECK(results.back()["code"] == "too_large");
  CHECK(std::ranges::count(results, true, [](const Json& result) {
          return result["ok"].get<bool>();
        }) == 32);
  CHECK(answer.body.size() < (33U << 20));
}

TEST_CASE("a node tells how it and its cluster are") {
  const HttpServer server;
  RawClient client = server.client();
  const auto ask = [&](const std::string& path) {
    const HttpAnswer answer = client.ask(request_text("GET", path));
    CHECK(answer.status == 200);
    return Json::parse(answer.body);
  };
  CHECK(ask("/healthz")["status"] == "alive");
  CHECK(ask("/readyz")["status"] == "ready");
  CHECK(ask("/api/v1/cluster/health")["status"] == "serving");
  REQUIRE(put(client, "k", "v").status == 200);
  CHECK(ask("/api/v1/cluster/stats")["keys"] == 1);
  CHECK(ask("/api/v1/admin/stats")["stage"] == "whole");
  const Json nodes = ask("/api/v1/cluster/nodes");
  CHECK(nodes == ask("/api/v1/admin/nodes"));
  CHECK(nodes[0]["id"] == "node1");
  CHECK(nodes[0]["state"] == "healthy");
  CHECK(nodes[0]["http"] == "127.0.0.1:" + std::to_string(server.door->port()));
  const Json ring = ask("/api/v1/cluster/ring");
  CHECK(ring["epoch"] == 1);
  CHECK(ring["partitions"] == 16);
  CHECK(ring["rows"].size() == 16);
  CHECK(ring["rows"][0] == Json::array({"node1"}));
  const Json row = ask("/api/v1/cluster/ring?key=a%2Fb%00");
  CHECK(row["key"] == "a/b\0"s);
  CHECK(row["owners"] == Json::array({"node1"}));
  KeyHash hash;
  REQUIRE(server.loop->run_there([&] { hash = server.loop->hash("a/b\0"s); }));
  CHECK(row["partition"] == hash.raw() >> 60U);  // of 16
  for (const std::string query : {"?key=", "?keys=a", "?key=%", "?key=a&key=a"}) {
    check_error(client.ask(request_text("GET", "/api/v1/cluster/ring" + query)), 400,
                "bad_request");
  }
}

TEST_CASE("pages of other origins are kept out, and programs are not") {
  const HttpServer server;
  RawClient client = server.client();
  const auto from = [&](const std::string& origin) {
    return client.ask(request_text("POST", "/api/v1/batch", R"({"operations":[]})",
                                   "Origin: " + origin + "\r\n"));
  };
  check_error(from("http://evil.example"), 403, "forbidden");
  check_error(from("null"), 403, "forbidden");
  CHECK(from("http://localhost").status == 200);
}

TEST_CASE("a page whose own name was made to mean this machine is kept out as well") {
  const auto ask = [](const HttpServer& server, const std::string& host,
                      const std::string& more = "") {
    CAPTURE(host);
    return server.client().ask("GET /api/v1/keys HTTP/1.1\r\nHost: " + host + "\r\n" +
                               more + "\r\n");
  };
  const HttpServer server({.names = {"node1.lab"}});
  for (const std::string name :
       {"evil.example", "evil.example:8080", "localhost.evil.example", "evillocalhost",
        "127.0.0.1.evil.example", ".localhost", "x", "[evil]:80", "[]", "node2.lab"}) {
    check_error(ask(server, name), 403, "forbidden");
    check_error(ask(server, name, "Origin: http://" + name + "\r\n"), 403, "forbidden");
  }
  for (const std::string name :
       {"localhost", "LOCALHOST:8080", "kv.localhost:1", "127.0.0.1", "127.0.0.1:8080",
        "10.1.2.3:80", "[::1]:8080", "[::1]", "node1.lab", "Node1.Lab:8080"}) {
    CHECK(ask(server, name).status == 200);
    CHECK(ask(server, name, "Origin: http://" + name + "\r\n").status == 200);
  }
  CHECK(server.client().ask("GET /healthz HTTP/1.0\r\n\r\n").status == 200);
  // Who is to be found by others has names that nobody here knows.
  const HttpServer open({.host = "0.0.0.0"});
  CHECK(ask(open, "kv.example:8080").status == 200);
  check_error(ask(open, "kv.example", "Origin: http://evil.example\r\n"), 403,
              "forbidden");
}
