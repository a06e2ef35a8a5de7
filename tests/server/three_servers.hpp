// Three servers of one process, each with its own disk, thread and sockets on loopback.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/server/asking.hpp"
#include "tests/storage/temporary_directory.hpp"

namespace kv::test {

class ThreeServers {
 public:
  static constexpr std::size_t kCount = 3;

  explicit ThreeServers(bool in_memory = false) : in_memory_(in_memory) {
    const std::vector<Newcomer> nodes{{.name = "n1"}, {.name = "n2"}, {.name = "n3"}};
    auto ring = found_ring(nodes, {.copies = 3, .partitions = 16});
    if (!ring) FAIL(ring.error().detail);
    ring_ = std::make_shared<const RingState>(*std::move(ring));
    for (std::size_t place = 0; place < kCount; ++place) start(place, true);
    for (std::size_t place = 0; place < kCount; ++place) wait_until_whole(place);
    wait_until_connected();
  }

  // Before the directory goes that they are in.
  ~ThreeServers() {
    for (auto& server : servers_) server.reset();
  }
  ThreeServers(const ThreeServers&) = delete;
  ThreeServers& operator=(const ThreeServers&) = delete;

  [[nodiscard]] ServerLoop& operator[](std::size_t place) { return *servers_.at(place); }

  void kill(std::size_t place) { servers_.at(place).reset(); }

  void start(std::size_t place, bool is_founding = false) {
    const NodeId self = ring_->members.at(place).node.id;
    FramesOptions frames;
    frames.self.greeting = {.cluster = ClusterId{0xC1}, .node = self, .boot = ++boot_};
    frames.self.secret = "open sesame";
    frames.port = ports_.at(place);
    frames.again_max = std::chrono::milliseconds(100);
    ServerOptions options =
        quick_options(in_memory_ ? "" : directory_.path() + "/" + std::to_string(place));
    options.r = options.w = 2;
    servers_.at(place) = opened(open_server(
        options,
        {.ring = ring_, .self = self, .hash_seed = 42, .is_founding = is_founding},
        over_frames(frames)));
    ServerLoop& server = *servers_.at(place);
    REQUIRE(server.run_there([&] { ports_.at(place) = server.transport()->port(); }));
    for (std::size_t each = 0; each < kCount; ++each) introduce(each);
  }

  void wait_until_whole(std::size_t place) {
    CAPTURE(place);
    REQUIRE((*this)[place].wait_for(Stage::whole, kPatience));
  }

  // All that live have all their connections with one another.
  void wait_until_connected() {
    const auto living = static_cast<std::size_t>(std::ranges::count_if(
        servers_, [](const auto& server) { return server != nullptr; }));
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (const auto& server : servers_) {
      std::size_t up = 0;
      while (server && up + 1 < living) {
        REQUIRE(std::chrono::steady_clock::now() < until);
        REQUIRE(server->run_there([&] { up = server->transport()->counts().up; }));
        std::this_thread::yield();
      }
    }
  }

 private:
  // Tells a server where the others are, as far as that is known.
  void introduce(std::size_t place) {
    if (!servers_.at(place)) return;
    std::vector<PeerAddress> others;
    for (std::size_t other = 0; other < kCount; ++other) {
      if (other == place || ports_.at(other) == 0) continue;
      others.push_back({.node = ring_->members.at(other).node.id,
                        .host = "127.0.0.1",
                        .port = ports_.at(other)});
    }
    ServerLoop& server = *servers_.at(place);
    REQUIRE(server.run_there([&] { server.transport()->set_peers(others); }));
  }

  bool in_memory_;
  TemporaryDirectory directory_;
  std::shared_ptr<const RingState> ring_;
  std::uint64_t boot_ = 0;
  std::array<std::uint16_t, kCount> ports_{};
  std::array<std::unique_ptr<ServerLoop>, kCount> servers_;
};

}  // namespace kv::test
