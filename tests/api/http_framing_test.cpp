// What comes in at the door, byte by byte: requests that cannot be, or that two readers would
// read differently, over real sockets.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/api/http_server.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::string_literals;

namespace {

constexpr std::string_view kPut = "PUT /api/v1/kv/k HTTP/1.1\r\nHost: localhost\r\n";

struct Probe {
  std::string name;
  std::string bytes;
  int status;
};

// With these headers, and five bytes that would be a body.
Probe framed(const std::string& headers, int status = 400,
             const std::string& body = "hello") {
  return {headers, std::string(kPut) + headers + "\r\n" + body, status};
}

Probe chunked(const std::string& body, int status = 400) {
  return {body, std::string(kPut) + "Transfer-Encoding: chunked\r\n\r\n" + body, status};
}

// An answer of that status, once, and the end of the connection.
void check_refused(const HttpServer& server, const Probe& probe) {
  CAPTURE(probe.name.substr(0, 200));
  RawClient client = server.client();
  // What would be taken for a second request, if the first one were read wrongly.
  client.send(probe.bytes);
  const HttpAnswer answer = client.answer();
  CHECK(answer.status == probe.status);
  CHECK(answer.header("Connection") == "close");
  CHECK(client.is_closed());
}

}  // namespace

TEST_CASE("a request whose length could be read in two ways is refused, and all ends") {
  const HttpServer server;
  const std::vector<Probe> probes{
      framed("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
      framed("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
      framed("Content-Length: 5\r\nContent-Length: 5\r\n"),
      framed("Content-Length: 5\r\nContent-Length: 6\r\n"),
      framed("Content-Length: +5\r\n"),
      framed("Content-Length: -1\r\n"),
      framed("Content-Length: 0x5\r\n"),
      framed("Content-Length: 5, 5\r\n"),
      framed("Content-Length: \r\n"),
      framed("Content-Length: 1_0\r\n"),
      framed("Content-Length: 5 5\r\n"),
      framed("Content-Length: 4294967296\r\n", 413),
      framed("Content-Length: 9223372036854775808\r\n", 413),
      framed("Content-Length: 18446744073709551616\r\n", 413),
      framed("Content-Length: 99999999999999999999999\r\n", 413),
      framed("Transfer-Encoding: xchunked\r\n"),
      framed("Transfer-Encoding: ,chunked\r\n"),
      framed("Transfer-Encoding: chunked, identity\r\n"),
      framed("Transfer-Encoding: identity\r\n"),
      framed("Transfer-Encoding: gzip, chunked\r\n"),
      framed("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
      framed("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"),
      framed("Transfer-Encoding: \x0B"
             "chunked\r\n"),
      framed("Transfer-Encoding: \xA0"
             "chunked\r\n"),
      framed("Transfer-Encoding: \"chunked\"\r\n"),
      framed("Transfer-Encoding:\r\n"),
      framed("Transfer-Encoding : chunked\r\n"),
      framed("Content-Length : 5\r\n"),
      framed("Content-Length\t: 5\r\n"),
      framed(" Content-Length: 5\r\n"),
      framed("X-A: b\r\n Content-Length: 5\r\n"),
      framed("X-A: b\r\n\tc\r\nContent-Length: 5\r\n"),
      framed("X-A: b\nContent-Length: 5\r\n"),
      framed("X-A: b\rContent-Length: 5\r\n"),
      framed("X-A: b\0c\r\nContent-Length: 5\r\n"s),
      framed("X-A\0: b\r\nContent-Length: 5\r\n"s),
      framed("Content-Length: 5\0\r\n"s),
      framed(": b\r\nContent-Length: 5\r\n"),
      framed("no colon\r\nContent-Length: 5\r\n"),
      {"chunks in 1.0",
       "PUT /api/v1/kv/k HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
  };
  for (const Probe& probe : probes) check_refused(server, probe);
}

TEST_CASE("chunks that are none are refused, and all ends") {
  const HttpServer server;
  std::string many_trailers;
  for (int i = 0; i < 20'000; ++i) many_trailers += "a:\r\n";
  const std::vector<Probe> probes{
      chunked("0x5\r\nhello\r\n0\r\n\r\n"),
      chunked("+5\r\nhello\r\n0\r\n\r\n"),
      chunked("-5\r\nhello\r\n0\r\n\r\n"),
      chunked("5_\r\nhello\r\n0\r\n\r\n"),
      chunked("_\r\nhello\r\n0\r\n\r\n"),
      chunked(std::string(17, 'F') + "\r\nhello\r\n0\r\n\r\n"),
      chunked("\r\nhello\r\n0\r\n\r\n"),
      chunked("5 junk\r\nhello\r\n0\r\n\r\n"),
      chunked("5\nhello\r\n0\r\n\r\n"),
      chunked("5\r\nhelloXX0\r\n\r\n"),
      chunked("5\r\nhello0\r\n\r\n"),
      chunked("5\rhello\r\n0\r\n\r\n"),
      chunked("5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n"),
      chunked("5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"),
      chunked("5\r\nhello\r\n0\r\nno colon\r\n\r\n"),
      chunked("FFFFFFFFFFFFFFFF\r\nhello", 413),
      chunked("5;" + std::string(10'000, 'e')),
      chunked("5;" + std::string(10'000, 'e') + "\r\nhello\r\n0\r\n\r\n"),
      chunked("5\r\nhello\r\n0\r\n" + std::string(40'000, 't'), 431),
      chunked("5\r\nhello\r\n0\r\n" + many_trailers + "\r\n", 431),
  };
  for (const Probe& probe : probes) check_refused(server, probe);
}

TEST_CASE("what is over a limit is refused before it is read") {
  const HttpServer server;
  const std::string host = "Host: localhost\r\n\r\n";
  std::string many = "GET /healthz HTTP/1.1\r\n";
  for (int i = 0; i < 10'000; ++i) many += "a:\r\n";
  const std::vector<Probe> probes{
      {"64 KB of path", "GET /" + std::string(64 << 10, 'a') + " HTTP/1.1\r\n" + host,
       414},
      {"a path without an end", "GET /" + std::string(20'000, 'a'), 414},
      {"40 KB of header",
       "GET /healthz HTTP/1.1\r\nX: " + std::string(40'000, 'a') + "\r\n" + host, 431},
      {"a header without an end",
       "GET /healthz HTTP/1.1\r\nX: " + std::string(40'000, 'a'), 431},
      {"10,000 headers", many + host, 431},
      framed("Content-Type: application/octet-stream\r\nContent-Length: 16777217\r\n",
             413),
      framed("Content-Length: 104857600\r\n", 413),
      framed("Content-Length: 104857600\r\nExpect: 100-continue\r\n", 413, ""),
      framed("Content-Length: 5\r\nExpect: something\r\n", 417),
      {"a body where none is wanted",
       "GET /healthz HTTP/1.1\r\nContent-Length: 100000\r\n" + host, 413},
  };
  for (const Probe& probe : probes) check_refused(server, probe);
  const std::string long_key(4097, 'k');
  RawClient client = server.client();
  CHECK(client.ask(request_text("GET", "/api/v1/kv/" + long_key)).status == 414);
  CHECK(client.ask(request_text("GET", "/api/v1/kv/" + long_key.substr(1))).status ==
        404);
}

TEST_CASE("what HTTP demands of a request is demanded") {
  const HttpServer server;
  const std::vector<Probe> probes{
      {"no host", "GET /healthz HTTP/1.1\r\n\r\n", 400},
      {"two hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"no host's name", "GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
      {"HTTP/9.9", "GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n", 505},
      {"HTTP/2.0", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"HTTP/1.2", "GET /healthz HTTP/1.2\r\nHost: localhost\r\n\r\n", 505},
      {"HTTP/1", "GET /healthz HTTP/1\r\nHost: localhost\r\n\r\n", 400},
      {"HTTP/1.10", "GET /healthz HTTP/1.10\r\nHost: localhost\r\n\r\n", 400},
      {"http/1.1", "GET /healthz http/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"no version", "GET /healthz\r\nHost: localhost\r\n\r\n", 400},
      {"two blanks", "GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"a blank at the end", "GET /healthz HTTP/1.1 \r\nHost: localhost\r\n\r\n", 400},
      {"a tab", "GET\t/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"no method", " /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"a method with brackets", "G(T /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"NUL in the path", "GET /heal\0thz HTTP/1.1\r\nHost: localhost\r\n\r\n"s, 400},
      {"a bare line feed", "GET /healthz HTTP/1.1\nHost: localhost\n\n", 400},
      {"a bare carriage return", "GET /healthz HTTP/1.1\rHost: localhost\r\r", 400},
      {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"s, 400},
  };
  for (const Probe& probe : probes) check_refused(server, probe);
}

TEST_CASE("an unknown method is 501, a known one at the wrong place 405 with Allow") {
  const HttpServer server;
  RawClient client = server.client();
  const auto ask = [&](std::string_view method, std::string_view target) {
    return client.ask(request_text(method, target));
  };
  CHECK(ask("BREW", "/healthz").status == 501);
  CHECK(ask("BREW", "/api/v1/kv/k").status == 501);
  CHECK(ask("get", "/healthz").status == 501);
  CHECK(ask("TRACE", "/healthz").status == 405);
  CHECK(ask("TRACE", "/healthz").header("Allow") == "GET, HEAD");
  CHECK(ask("POST", "/api/v1/kv/k").header("Allow") == "GET, HEAD, PUT, DELETE");
  CHECK(ask("GET", "/api/v1/batch").header("Allow") == "POST");
  CHECK(ask("OPTIONS", "*").status == 404);
  CHECK(ask("GET", "/").status == 404);
  CHECK(ask("GET", "/api/v1/kv").status == 404);
  CHECK(ask("GET", "http://elsewhere:80/healthz").status == 200);
}

TEST_CASE("what is unusual and right is taken") {
  const HttpServer server;
  const std::string raw = "Content-Type: application/octet-stream\r\n";
  const std::vector<std::string> puts{
      "PUT /api/v1/kv/k HTTP/1.1\r\nHost:localhost\r\n" + raw +
          "Content-Length: 005\r\n\r\nhello",
      "\r\nPUT /api/v1/kv/k HTTP/1.1\r\nhOST: \t localhost \r\n" + raw +
          "content-length:5\t\r\n\r\nhello",
      std::string(kPut) + raw +
          "Transfer-Encoding: CHUNKED\r\n\r\n2\r\nhe\r\n03;a=b;c=\"d\"\r\nllo\r\n0\r\n"
          "X-Trailer: y\r\n\r\n",
      std::string(kPut) + raw +
          "Transfer-Encoding: chunked\r\n\r\n5 ; a\r\nhello\r\n"
          "000;b\r\n\r\n",
  };
  for (const std::string& put : puts) {
    CAPTURE(put);
    // In one packet, and a byte at a time.
    for (const bool is_slow : {false, true}) {
      CAPTURE(is_slow);
      RawClient client = server.client();
      if (is_slow) {
        for (const char c : put) client.send(std::string_view(&c, 1));
      } else {
        client.send(put);
      }
      CHECK(client.answer().status == 200);
      const auto value = client.ask(request_text("GET", "/api/v1/kv/k", {},
                                                 "Accept: application/octet-stream\r\n"));
      CHECK(value.body == "hello");
      CHECK(client.ask(request_text("DELETE", "/api/v1/kv/k")).status == 200);
    }
  }
}

TEST_CASE("100-continue is said when the body is wanted and has not come") {
  const HttpServer server;
  RawClient client = server.client();
  client.send(std::string(kPut) +
              "Content-Type: application/octet-stream\r\nContent-Length: 5\r\n"
              "Expect: 100-continue\r\n\r\n");
  CHECK(client.answer().status == 100);
  CHECK(client.ask("hello").status == 200);
  // It has come: nobody waits.
  CHECK(client
            .ask(request_text("PUT", "/api/v1/kv/k", R"({"value":"v"})",
                              "Expect: 100-continue\r\n"))
            .status == 200);
  // Nobody wants it.
  RawClient other = server.client();
  other.send(
      "PUT /api/v1/kv/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
      "Expect: 100-continue\r\n\r\n");
  CHECK(other.answer().status == 400);
  CHECK(other.is_closed());
}

TEST_CASE("a connection lives as long as both want it to") {
  const HttpServer server;
  RawClient client = server.client();
  CHECK(client.ask(request_text("GET", "/healthz")).header("Connection").empty());
  CHECK(client.ask(request_text("GET", "/healthz", {}, "Connection: close\r\n"))
            .header("Connection") == "close");
  CHECK(client.is_closed());
  RawClient old = server.client();
  CHECK(old.ask("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .header("Connection") == "keep-alive");
  CHECK(old.ask("GET /healthz HTTP/1.0\r\n\r\n").status == 200);
  CHECK(old.is_closed());
  RawClient half = server.client();
  half.send(request_text("GET", "/healthz") + request_text("GET", "/readyz"));
  half.say_no_more();
  CHECK(half.answer().status == 200);
  CHECK(half.answer().status == 200);
  CHECK(half.is_closed());
}
