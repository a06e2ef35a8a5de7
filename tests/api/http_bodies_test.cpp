// What bodies clients may send, and what they are told of others, over real sockets.
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/api/http_server.hpp"
#include "tests/api/kv_client.hpp"

using namespace kv;
using namespace kv::test;

TEST_CASE("a body that is no put says why, and nothing is stored") {
  const HttpServer server;
  RawClient client = server.client();
  const std::vector<std::string> bodies{
      "",
      "apples",
      "null",
      "[]",
      "{",
      "{}",
      "{} {}",
      R"({"value":1})",
      R"({"value":null})",
      R"({"valu":"x"})",
      R"({"value":"x","value_base64":"eA=="})",
      R"({"value_base64":"eA"})",
      R"({"value_base64":"e A=="})",
      R"({"value_base64":1})",
      R"({"value":"x","ttl_s":0})",
      R"({"value":"x","ttl_s":-1})",
      R"({"value":"x","ttl_s":1.5})",
      R"({"value":"x","ttl_s":1e3})",
      R"({"value":"x","ttl_s":"60"})",
      R"({"value":"x","ttl_s":9223372036854775807})",
      R"({"value":"x","ttl_s":18446744073709551615})",
      R"({"value":"x","ttl_s":99999999999999999999999})",
      R"({"value":"x","ttl_s":null})",
      R"({"value":"x","context":1})",
      R"({"value":"x","context":null})",
      R"({"value":"x","value":"y"})",
      R"({"value":"x","v\u0061lue":"y"})",
      R"({"value":"\\\":","value":"\\"})",
      R"({"value":"x","ttl_s":5,"ttl_s":null})",
      R"({"value":"x",})",
      R"({"value":"x"} // y)",
      R"({"value":"\ud800"})",
      "{\"value\":\"\xFF\"}",
      "{\"value\":\"a\nb\"}",
      std::string(100'000, '['),
      R"({"value":)" + std::string(50, '[') + std::string(50, ']') + "}",
  };
  for (const std::string& body : bodies) {
    CAPTURE(body.substr(0, 100));
    check_error(client.ask(request_text("PUT", "/api/v1/kv/k", body)), 400,
                "bad_request");
  }
  CHECK(get(client, "k").status == 404);
  // Nor is anything of a list that has one.
  check_error(client.ask(request_text("POST", "/api/v1/batch",
                                      R"({"operations":[{"type":"put","key":"k",)"
                                      R"("value":"x"},{"type":"put","key":"k",)"
                                      R"("key":"l","value":"y"}]})")),
              400, "bad_request");
  CHECK(get(client, "k").status == 404);
  // What only looks like a second name is part of a value.
  const std::string value = R"({\"value\":\"\\\\\":,:\\)";
  CHECK(client.ask(request_text("PUT", "/api/v1/kv/k", R"({"value":")" + value + "\"}"))
            .status == 200);
  CHECK(get(client, "k").body == R"({"value":"\\":,:\)");
}

TEST_CASE("who sent no body, or one that cannot be read, is told what to send there") {
  const HttpServer server(
      {.add_server = [](const auto&, auto done) { done(http::Answer{.body = "{}"}); }});
  RawClient client = server.client();
  struct Row {
    std::string method;
    std::string path;
    std::string part;
  };
  const std::vector<Row> rows{
      {"GET", "/GET", R"(send JSON like {\"Key\":\"cart\"}")"},
      {"PUT", "/PUT", R"(send JSON like {\"Key\":\"cart\",\"Value\":\"apples\"}")"},
      {"POST", "/AddServer", R"(send JSON like {\"url\":\"http://host:port\"}")"},
      {"POST", "/api/v1/batch", R"(send JSON like {\"operations\":[{)"},
      {"PUT", "/api/v1/kv/k",
       R"(send JSON like {\"value\":\"apples\"}, or any bytes as application/octet-stream")"},
  };
  for (const Row& row : rows) {
    for (const auto& [body, what] : std::vector<std::pair<std::string, std::string>>{
             {"", "the request has no body: "},
             {"{\"", "the body is no JSON that can be read: "},
             {"5", "the body is not a JSON object: "}}) {
      const HttpAnswer answer = client.ask(request_text(row.method, row.path, body));
      CAPTURE(answer.body);
      CHECK(answer.status == 400);
      CHECK(answer.body.contains(what));
      CHECK(answer.body.contains(row.part));
    }
  }
}

TEST_CASE("a key in the body is the same key, and its value comes back alone") {
  const HttpServer server;
  RawClient client = server.client();
  const std::string key = "a/b \\u00e9 ?";
  CHECK(client
            .ask(request_text("PUT", "/PUT?w=1",
                              R"({"Value":"x \" y","Key":")" + key + "\"}"))
            .status == 200);
  const HttpAnswer alone =
      client.ask(request_text("GET", "/GET", R"({"Key":")" + key + "\"}"));
  CHECK(alone.status == 200);
  CHECK(alone.body == R"("x \" y")");
  CHECK(get(client, "a/b \xC3\xA9 ?").status == 200);
  const std::string bytes =
      request_text("PUT", "/api/v1/kv/raw", R"({"value_base64":"AP8="})");
  CHECK(client.ask(bytes).status == 200);
  CHECK(client.ask(request_text("GET", "/GET", R"({"Key":"raw"})")).body ==
        R"({"value_base64":"AP8="})");
  check_error(client.ask(request_text("GET", "/GET", R"({"Key":"none"})")), 404,
              "not_found");
  CHECK(client.ask(request_text("POST", "/PUT", "{}")).status == 405);
}

TEST_CASE("a body that names no key says why") {
  const HttpServer server;
  RawClient client = server.client();
  const std::vector<std::string> bodies{"",
                                        "[]",
                                        "{}",
                                        R"({"Key":""})",
                                        R"({"Key":1})",
                                        R"({"Key":null})",
                                        R"({"key":"k"})",
                                        R"({"Key":"k","Valu":"v"})",
                                        "{\"Key\":\"\xFF\"}"};
  for (const std::string& body : bodies) {
    CAPTURE(body);
    check_error(client.ask(request_text("GET", "/GET", body)), 400, "bad_request");
    check_error(client.ask(request_text("PUT", "/PUT", body)), 400, "bad_request");
  }
  check_error(client.ask(request_text("GET", "/GET", R"({"Key":"k","Value":"v"})")), 400,
              "bad_request");
  check_error(client.ask(request_text("PUT", "/PUT", R"({"Key":"k"})")), 400,
              "bad_request");
  const std::string longest(kKeyBytesMax + 1, 'k');
  check_error(client.ask(request_text("GET", "/GET", R"({"Key":")" + longest + "\"}")),
              414, "too_large");
}
