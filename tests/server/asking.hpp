// What tests of a server's loop need: a thread that asks, waits, and says in plain words what
// it was told.
#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "common/base/result.hpp"
#include "tests/server/patience.hpp"
#include "v4_replicated_kv/server/open_server.hpp"
#include "v4_replicated_kv/server/server_loop.hpp"
#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv::test {

inline std::future<Reply> ask(ServerLoop& loop, Request request) {
  auto promise = std::make_shared<std::promise<Reply>>();
  auto reply = promise->get_future();
  loop.post([&loop, promise, request = std::move(request)]() mutable {
    loop.ask(std::move(request),
             [promise](Reply answer) { promise->set_value(std::move(answer)); });
  });
  return reply;
}

inline Reply wait_for(std::future<Reply> reply) {
  REQUIRE(reply.wait_for(kPatience) == std::future_status::ready);
  return reply.get();
}

inline Reply put(ServerLoop& loop, std::string key, std::string value) {
  return wait_for(
      ask(loop, {.verb = Verb::put, .key = std::move(key), .value = std::move(value)}));
}

// The value; "-" where there is none; or what went wrong.
inline std::string get(ServerLoop& loop, std::string key) {
  const Reply reply = wait_for(ask(loop, {.verb = Verb::get, .key = std::move(key)}));
  if (reply.outcome != Outcome::ok) return "not read: " + reply.detail;
  std::string text;
  for (const Version& version : reply.state.versions) {
    if (!text.empty()) text += '|';
    text += version.value;
  }
  return text.empty() ? "-" : text;
}

inline std::unique_ptr<ServerLoop> opened(Result<std::unique_ptr<ServerLoop>> loop) {
  if (!loop) FAIL(loop.error().detail);
  return *std::move(loop);
}

inline ServerOptions quick_options(std::string data_dir = {}) {
  ServerOptions options;
  options.data_dir = std::move(data_dir);
  options.segment_bytes = std::uint64_t{256} << 10;
  options.timeout = std::chrono::seconds(20);
  options.again_every = std::chrono::milliseconds(50);
  return options;
}

inline std::unique_ptr<ServerLoop> lone_server(const ServerOptions& options) {
  auto loop = opened(open_lone_server(options, "node1", 16));
  REQUIRE(loop->wait_for(Stage::whole, kPatience));
  return loop;
}

}  // namespace kv::test
