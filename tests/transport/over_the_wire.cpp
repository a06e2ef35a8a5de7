// The screen that the lesson about the way from socket to socket opens with: what is
// usually written first, beside what the nodes run. No socket and no clock: the same in
// every run.
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/binary_units.hpp"
#include "common/base/check.hpp"
#include "v4_replicated_kv/transport/peer_roster.hpp"

namespace {

using namespace kv;

constexpr NodeId kSelf{1};
constexpr NodeId kSleeper{2};
constexpr NodeId kAwake{3};

void must(const Result<void>& result) {
  KV_CHECK(result.has_value(), "all of this is allowed");
}

std::string in_mib(std::size_t bytes) {
  return fmt::format("{} MiB", (bytes + kMiB / 2) / kMiB);
}

void line(std::string_view what, std::string_view first_try, std::string_view ours) {
  fmt::print("  {:<44}{:>16}{:>16}\n", what, first_try, ours);
}

void title(std::string_view what) {
  fmt::print("{}\n  {:<44}{:>16}{:>16}\n", what, "", "first try", "ours");
}

Message put_of(std::size_t value_bytes, NodeId to = kSleeper) {
  Message put;
  put.from = kSelf;
  put.to = to;
  put.body = Offer{.key = "cart",
                   .version = {.at = {.counter = 1, .dot = {ActorId{1}, 1}},
                               .value = std::string(value_bytes, 'v')}};
  return put;
}

Message heartbeat() {
  Message beat;
  beat.from = kSelf;
  beat.to = kSleeper;
  beat.body = Heartbeat{};
  return beat;
}

// The first try makes room for what a header announces, and then waits for it.
class BelievingReader {
 public:
  void feed(std::string_view header) {
    constexpr std::size_t kLengthAt = 8;
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < sizeof(length); ++i) {
      const auto byte = static_cast<unsigned char>(header[kLengthAt + i]);
      length |= static_cast<std::uint32_t>(byte) << (8 * i);
    }
    room_.reserve(length);
  }
  [[nodiscard]] std::size_t bytes() const { return room_.capacity(); }

 private:
  std::string room_;
};

void strangers() {
  constexpr int kStrangers = 1000;
  std::string longest;
  append_frame(longest, {.body = std::string(kFrameBodyMax, 'x')});
  const std::string header = longest.substr(0, kFrameHeaderBytes);
  std::size_t believed = 0;
  std::size_t held = 0;
  for (int i = 0; i < kStrangers; ++i) {
    BelievingReader reader;
    reader.feed(header);
    believed += reader.bytes();
    FrameParser ours;
    ours.feed(header);
    held += ours.waiting();
  }
  title("A THOUSAND CONNECTIONS ANNOUNCE 256 KiB EACH, AND SAY NO MORE");
  line("bytes taken for them", fmt::format("{}", believed), fmt::format("{}", held));
}

// How often the sender writes, and how much.
struct Writes {
  std::size_t count = 0;
  std::size_t bytes = 0;
};

Writes write_puts(bool each_by_itself) {
  constexpr int kPuts = 64;
  Outbox outbox(Policy::last_write_wins, Channel::data);
  Writes writes;
  const auto write = [&] {
    writes.bytes += outbox.take().size();
    ++writes.count;
  };
  for (int i = 0; i < kPuts; ++i) {
    must(outbox.add(put_of(100)));
    if (each_by_itself) write();
  }
  if (!each_by_itself) write();
  return writes;
}

void company() {
  const Writes alone = write_puts(true);
  const Writes together = write_puts(false);
  title("64 PUTS COME IN ONE TURN OF THE LOOP");
  line("writes to the socket of a peer", fmt::format("{}", alone.count),
       fmt::format("{}", together.count));
  line("bytes", fmt::format("{}", alone.bytes), fmt::format("{}", together.bytes));
}

void heartbeat_behind() {
  constexpr std::size_t kPuts = 8;
  Outbox all(Policy::last_write_wins, Channel::data);
  Outbox control(Policy::last_write_wins, Channel::control);
  for (std::size_t i = 0; i < kPuts; ++i) must(all.add(put_of(kMiB)));
  const std::size_t before = all.bytes();
  must(control.add(heartbeat()));
  title("8 VALUES OF 1 MiB ARE QUEUED, AND A HEARTBEAT IS DUE");
  line("goes before it", in_mib(before), "nothing");
}

// A network that takes nothing, or whatever comes: the peer sleeps, or it does not.
class MadeUpWire : public PeerWire {
 public:
  MadeUpWire(PeerLink link, bool takes) : PeerWire(std::move(link)), takes_(takes) {}
  void write() override {
    if (takes_) (void)link().take();
  }
  void close(const Error& /*why*/) override {}
  [[nodiscard]] std::size_t waiting() const override { return link().waiting(); }

 private:
  bool takes_;
};

class Events : public PeerEvents {
 public:
  void came(Message /*message*/) override {}
  void undelivered(Message /*message*/) override { ++told_; }
  void up(const Greeting& /*peer*/) override {}
  void down(NodeId /*peer*/) override {}
  void heard(NodeId /*peer*/) override {}
  void ended(const Error& /*why*/) override {}
  [[nodiscard]] std::size_t told() const { return told_; }

 private:
  std::size_t told_ = 0;
};

PeerIdentity identity_of(NodeId node) {
  PeerIdentity identity;
  identity.greeting.cluster = ClusterId{1};
  identity.greeting.node = node;
  identity.greeting.boot = 1;
  return identity;
}

class Nobody : public PeerLink::Sink {
 public:
  Result<void> greeted(const Greeting& /*peer*/, Channel /*channel*/) override {
    return {};
  }
  void came(Message /*message*/) override {}
};

// A connection whose first words are said.
std::shared_ptr<PeerWire> connect(NodeId peer) {
  PeerLink link = PeerLink::dialling(identity_of(kSelf), peer, Channel::data);
  PeerLink other = PeerLink::listening(identity_of(peer));
  Nobody nobody;
  for (int i = 0; i < 4; ++i) {
    must(other.feed(link.take(), nobody));
    must(link.feed(other.take(), nobody));
  }
  return std::make_shared<MadeUpWire>(std::move(link), peer == kAwake);
}

// What waits for the peer that sleeps, and of how many messages the sender is told.
struct Queue {
  std::size_t waiting;
  std::size_t told;
};

Queue fill(const RosterLimits& limits) {
  constexpr int kPuts = 200;
  Events events;
  PeerRoster roster(kSelf, events, limits);
  roster.set_members({kSleeper, kAwake});
  for (const NodeId peer : {kSleeper, kAwake}) {
    must(roster.welcome(connect(peer), true, PeerRoster::Clock::now()));
  }
  for (int i = 0; i < kPuts; ++i) {
    roster.send(put_of(kMiB, kSleeper));
    roster.send(put_of(kMiB, kAwake));
    roster.flush();
  }
  return {.waiting = roster.counts().waiting_bytes, .told = events.told()};
}

void sleeper() {
  const Queue endless =
      fill({.waiting_bytes_max = std::numeric_limits<std::size_t>::max()});
  const Queue ours = fill({});
  title("200 PUTS OF 1 MiB FOR A PEER THAT DOES NOT READ");
  line("wait in memory", in_mib(endless.waiting), in_mib(ours.waiting));
  line("of so many the sender is told at once", fmt::format("{}", endless.told),
       fmt::format("{}", ours.told));
}

}  // namespace

int main() {
  strangers();
  company();
  heartbeat_behind();
  sleeper();
}
