// Guests at a server's port for peers that ask for much, and read nothing.
#include <chrono>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/server/asking.hpp"
#include "tests/transport/raw_peer.hpp"

using namespace kv;
using namespace kv::test;

namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

// The most memory that this process has had since it forgot what the most was.
void forget_peak() {
  std::ofstream("/proc/self/clear_refs") << "5";
}
std::size_t peak() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word && word != "VmHWM:") {
  }
  std::size_t kib = 0;
  status >> kib;
  return kib * 1024;
}

// As a guest's first words, and so many questions for all that is held of a key.
std::string questions(const RingState& ring, NodeId guest, NodeId whom,
                      std::size_t count) {
  const Handshake handshake(Handshake::Side::dials, greeting_of(guest), "", whom,
                            Channel::data);
  std::string said = handshake.first_words();
  for (std::size_t i = 0; i < count; ++i) {
    const Message ask{.from = guest,
                      .to = whom,
                      .operation = OperationId{i},
                      .epoch = ring.epoch,
                      .standing = {.actor = ActorId{guest.raw()}},
                      .body = Ask{.key = "k"}};
    said += frame_of(FrameKind::messages, Channel::data, bytes_of(ask));
  }
  return said;
}

}  // namespace

TEST_CASE("guests that ask for long values and do not read cost a few of them each") {
  constexpr std::size_t kGuests = 8;
  constexpr std::size_t kAsks = 64;
  constexpr std::size_t kValue = 4 * kMiB;
  auto ring = found_ring(std::vector<Newcomer>{{.name = "n1"}}, {.copies = 1});
  REQUIRE(ring);
  const auto shared = std::make_shared<const RingState>(*std::move(ring));
  const NodeId self = shared->members.front().node.id;
  FramesOptions frames;
  frames.self.greeting = {.cluster = ClusterId{0xC1}, .node = self, .boot = 1};
  ServerOptions options = quick_options();
  options.r = options.w = 1;
  const auto loop = opened(open_server(
      options, {.ring = shared, .self = self, .is_founding = true}, over_frames(frames)));
  REQUIRE(loop->wait_for(Stage::whole, kPatience));
  REQUIRE(put(*loop, "k", std::string(kValue, 'v')).outcome == Outcome::ok);
  std::uint16_t port = 0;
  REQUIRE(loop->run_there([&] { port = loop->transport()->port(); }));

  forget_peak();
  const std::size_t before = peak();
  std::vector<std::unique_ptr<RawPeer>> guests;
  std::vector<std::string> unsaid;
  for (std::uint32_t i = 0; i < kGuests; ++i) {
    guests.push_back(std::make_unique<RawPeer>(port));
    unsaid.push_back(questions(*shared, NodeId{kFirstGuest.raw() + i}, self, kAsks));
  }
  // Until much waits for each of them, beside what the system took.
  const auto until = std::chrono::steady_clock::now() + kPatience;
  std::size_t waiting = 0;
  while (waiting < kGuests * 8 * kMiB) {
    REQUIRE(std::chrono::steady_clock::now() < until);
    for (std::size_t i = 0; i < kGuests; ++i)
      unsaid[i].erase(0, guests[i]->say(unsaid[i]));
    REQUIRE(
        loop->run_there([&] { waiting = loop->transport()->counts().waiting_bytes; }));
    std::this_thread::yield();
  }
  CHECK(get(*loop, "k").size() == kValue);
  MESSAGE("peak: ", (peak() - before) / kMiB, " MiB");
  if (!std::string_view(KV_SANITIZE).empty()) return;  // they keep what was freed
  // All answers together would be 2 GiB.
  CHECK(peak() < before + kGuests * 32 * kMiB + 64 * kMiB);
}
