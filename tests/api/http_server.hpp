// A node with a door for HTTP, on a free port.
#pragma once

#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "tests/api/raw_client.hpp"
#include "tests/server/asking.hpp"
#include "v4_replicated_kv/api/http/http_door.hpp"

namespace kv::test {

struct HttpServer {
  explicit HttpServer(const http::DoorOptions& options = {}, ServerOptions node = {},
                      Policy policy = Policy::last_write_wins) {
    if (node.data_dir.empty() && node.timeout == std::chrono::milliseconds(2000)) {
      node = quick_options();
    }
    loop = opened(open_lone_server(node, "node1", 16, policy));
    REQUIRE(loop->wait_for(Stage::whole, kPatience));
    auto opened_door = http::HttpDoor::open(*loop, options);
    if (!opened_door) FAIL(opened_door.error().detail);
    door = *std::move(opened_door);
  }

  [[nodiscard]] RawClient client() const { return RawClient(door->port()); }

  std::unique_ptr<ServerLoop> loop;
  std::unique_ptr<http::HttpDoor> door;
};

}  // namespace kv::test
