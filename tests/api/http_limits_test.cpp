// Many clients, and such as are slow, greedy, or do not read, over real sockets.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "tests/api/http_server.hpp"
#include "tests/api/kv_client.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::chrono_literals;

namespace {

void check_get(const HttpServer& server) {
  RawClient client = server.client();
  CHECK(client.ask(request_text("GET", "/api/v1/kv/k", {}, kAccept)).status == 200);
}

void store(const HttpServer& server, const std::string& value = "v") {
  RawClient client = server.client();
  REQUIRE(client.ask(request_text("PUT", "/api/v1/kv/k", value, kSend)).status == 200);
}

// Bytes of memory that the process has now.
std::size_t resident() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * 4096;
}

void wait_until_alone(const HttpServer& server) {
  while (server.door->connections() > 0) std::this_thread::yield();
}

}  // namespace

TEST_CASE("a thousand requests sent at once are answered in their order") {
  const HttpServer server;
  RawClient client = server.client();
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    const std::string path = "/api/v1/kv/" + std::to_string(i);
    all += i % 7 == 0 ? request_text("GET", "/nothing")
                      : request_text("PUT", path, std::to_string(i * i), kSend);
    all +=
        i % 5 == 0 ? request_text("HEAD", path) : request_text("GET", path, {}, kAccept);
  }
  std::jthread sender([&] {
    client.send(all);
    client.say_no_more();
  });
  for (int i = 0; i < 1000; ++i) {
    CAPTURE(i);
    CHECK(client.answer().status == (i % 7 == 0 ? 404 : 200));
    // A get that came with its put may be there before it, but not at another one's place.
    const HttpAnswer found = client.answer(i % 5 == 0);
    if (found.status == 200 && i % 5 != 0) CHECK(found.body == std::to_string(i * i));
  }
  CHECK(client.is_closed());
}

TEST_CASE("requests that come in any pieces are the same requests") {
  const HttpServer server;
  store(server);
  const std::string all = request_text("GET", "/api/v1/kv/k", {}, kAccept) +
                          request_text("PUT", "/api/v1/kv/k", "v", kSend) +
                          request_text("GET", "/healthz");
  for (std::size_t cut = 1; cut < all.size(); ++cut) {
    RawClient client = server.client();
    client.send(std::string_view(all).substr(0, cut));
    client.send(std::string_view(all).substr(cut));
    CHECK(client.answer().body == "v");
    CHECK(client.answer().status == 200);
    CHECK(client.answer().body == R"({"status":"alive"})");
  }
}

TEST_CASE("a get does not wait for five hundred clients that are slow for ever") {
  const HttpServer server({.patience = 1h, .head = 1h});
  store(server);
  std::vector<RawClient> slow;
  for (int i = 0; i < 500; ++i) {
    slow.push_back(server.client());
    slow.back().send(i % 2 == 0 ? "GET /api/v1/kv/k HTTP/1.1\r\nHost: localhost\r\nX: "
                                : "PUT /api/v1/kv/k HTTP/1.1\r\nHost: localhost\r\n"
                                  "Content-Length: 1000\r\n\r\n{");
  }
  for (int i = 0; i < 20; ++i) {
    for (RawClient& client : slow) client.send("x");
    check_get(server);
    CHECK(server.door->connections() >= slow.size());
  }
}

TEST_CASE("who is too slow is told so, and its connection ends; who is idle is let go") {
  const HttpServer server(
      {.patience = 300ms, .bytes_per_second_min = 1 << 20, .head = 300ms, .idle = 300ms});
  RawClient idle = server.client();
  RawClient head = server.client();
  RawClient body = server.client();
  RawClient dribble = server.client();
  head.send("GET /healthz HTTP/1.1\r\n");
  body.send(
      "PUT /api/v1/kv/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n");
  // A byte now and then does not help.
  std::jthread slow([&](const std::stop_token& stop) {
    dribble.send(
        "PUT /api/v1/kv/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
    while (!stop.stop_requested() && dribble.send("x")) std::this_thread::sleep_for(20ms);
  });
  CHECK(head.answer().status == 408);
  CHECK(head.is_closed());
  CHECK(body.answer().status == 408);
  CHECK(body.is_closed());
  CHECK(dribble.answer().status == 408);
  CHECK(idle.is_closed());
  slow.request_stop();
  slow.join();
  wait_until_alone(server);
}

TEST_CASE("who does not read is not read from, holds little, and is let go") {
  const HttpServer server({.patience = 500ms});
  store(server, std::string(1 << 20, 'x'));
  RawClient client(server.door->port(), 4096);
  const std::size_t before = resident();
  const std::string get = request_text("GET", "/api/v1/kv/k", {}, kAccept);
  // 100 GB of answers, if somebody made them.
  std::string many;
  for (int i = 0; i < 1000; ++i) many += get;
  std::size_t sent = 0;
  for (int i = 0; i < 100; ++i) sent += client.send_some(many);
  CHECK(sent < 100 * many.size());
  check_get(server);
  wait_until_alone(server);
  if (!std::string_view(KV_SANITIZE).empty()) return;  // they keep what was freed
  CHECK(resident() < before + (std::size_t{256} << 20));
}

TEST_CASE(
    "while much waits for who does not read, short answers go out, long ones do not") {
  const HttpServer server({.held_bytes_max = 8 << 20});
  store(server, std::string(1 << 20, 'x'));
  RawClient client = server.client();
  REQUIRE(put(client, "short", "v").status == 200);
  std::vector<RawClient> deaf;
  while (get(client, "k").status != 429) {
    deaf.emplace_back(server.door->port(), 4096);
    deaf.back().send(request_text("GET", "/api/v1/kv/k", {}, kAccept));
  }
  CHECK(get(client, "short").body == "v");
  CHECK(put(client, "short", "w").status == 200);
  deaf.clear();
  while (get(client, "k").status == 429) std::this_thread::yield();
}

TEST_CASE("what is only announced takes no memory, and what is taken is bounded") {
  const HttpServer server({.held_bytes_max = 64 << 20});
  store(server);
  const std::size_t before = resident();
  std::vector<RawClient> liars;
  for (int i = 0; i < 100; ++i) {
    liars.push_back(server.client());
    liars.back().send("PUT /api/v1/kv/big HTTP/1.1\r\nHost: localhost\r\n" +
                      std::string(kSend) + "Content-Length: 16777216\r\n\r\nx");
  }
  int refused = 0;
  for (std::size_t i = 4; i < liars.size(); ++i) {
    if (liars[i].answer().status == 429) ++refused;
  }
  CHECK(refused == 96);  // there is room for four of them
  CHECK(resident() < before + (std::size_t{32} << 20));
  // Short ones are welcome still, and long ones when there is room again.
  store(server);
  liars.clear();
  RawClient client = server.client();
  const std::string put =
      request_text("PUT", "/api/v1/kv/big", std::string(16 << 20, 'x'), kSend);
  int status = 429;
  while (status == 429) {
    RawClient again = server.client();
    again.send(put);
    status = again.answer().status;
  }
  CHECK(status == 200);
}

TEST_CASE("one connection more than the limit is told so, and the others live on") {
  const HttpServer server({.connections_max = 3});
  std::vector<RawClient> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(server.client());
    CHECK(clients.back().ask(request_text("GET", "/healthz")).status == 200);
  }
  {
    RawClient fourth = server.client();
    const HttpAnswer answer = fourth.answer();
    CHECK(answer.status == 429);
    CHECK(answer.header("Retry-After") == "1");
    CHECK(fourth.is_closed());
  }
  CHECK(clients.front().ask(request_text("GET", "/healthz")).status == 200);
  clients.clear();
  wait_until_alone(server);
  RawClient again = server.client();
  CHECK(again.ask(request_text("GET", "/healthz")).status == 200);
}

TEST_CASE("a node that is full says 429, and when to come again") {
  ServerOptions node = quick_options();
  node.limits.inflight_max = 1;
  const HttpServer server({}, node);
  RawClient client = server.client();
  client.send(request_text("PUT", "/api/v1/kv/a", "v", kSend) +
              request_text("PUT", "/api/v1/kv/b", "v", kSend));
  CHECK(client.answer().status == 200);
  const HttpAnswer second = client.answer();
  // Unless the two came in two turns.
  if (second.status != 200) {
    CHECK(second.status == 429);
    CHECK(second.header("Retry-After") == "1");
    CHECK(second.body.contains(R"("code":"overloaded")"));
    CHECK(second.body.contains(R"("outcome":"refused")"));
  }
}

TEST_CASE(
    "without descriptors nobody new is let in, nothing spins, and then all goes on") {
  const HttpServer server;
  store(server);
  RawClient old = server.client();
  CHECK(old.ask(request_text("GET", "/healthz")).status == 200);
  const int next = ::dup(0);
  ::close(next);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  // The client's own socket is the last that there is.
  rlimit now{.rlim_cur = static_cast<rlim_t>(next) + 1, .rlim_max = before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &now) == 0);
  RawClient client = server.client();
  client.send(request_text("GET", "/healthz"));
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto cpu = [](const rusage& usage) {
    return usage.ru_utime.tv_sec * 1'000'000 + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_sec * 1'000'000 + usage.ru_stime.tv_usec;
  };
  const auto cpu_before = cpu(used);
  std::this_thread::sleep_for(500ms);
  ::getrusage(RUSAGE_SELF, &used);
  CHECK(cpu(used) - cpu_before < 250'000);
  CHECK(old.ask(request_text("GET", "/healthz")).status == 200);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(client.answer().status == 200);
}

TEST_CASE("a door that closes, and a loop that stops, let answers leave") {
  HttpServer server;
  store(server);
  RawClient idle = server.client();
  CHECK(idle.ask(request_text("GET", "/healthz")).status == 200);
  RawClient busy = server.client();
  std::string many;
  for (int i = 0; i < 100; ++i) many += request_text("GET", "/api/v1/kv/k", {}, kAccept);
  busy.send(many);
  CHECK(busy.answer().status == 200);
  server.loop->stop();
  CHECK(idle.is_closed());
  // All that were begun, and nothing after that.
  int answers = 1;
  while (busy.answer().status == 200) ++answers;
  CHECK(answers <= 100);
  server.door.reset();
}

TEST_CASE("nobody can listen where there is nothing, or somebody else") {
  const HttpServer server;
  const auto twice = http::HttpDoor::open(
      *server.loop, {.host = "127.0.0.1", .port = server.door->port()});
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().code == Errc::io);
  const auto nowhere = http::HttpDoor::open(*server.loop, {.host = "not an address"});
  REQUIRE_FALSE(nowhere.has_value());
  CHECK(nowhere.error().code == Errc::bad_usage);
}
