// Peers around one table: each with a transport of its own, all run by the test's thread.
//
// The claims are made of the port, and run once for each adapter.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "tests/server/patience.hpp"
#include "v4_replicated_kv/transport/frames_transport.hpp"

namespace kv::test {

// Members; of two, the one with the smaller number dials.
inline constexpr NodeId kNode1{1};
inline constexpr NodeId kNode2{2};
inline constexpr NodeId kNode3{3};

// What frames take is what any adapter has to be told.
using TransportOptions = FramesOptions;

struct Adapter {
  const char* name;
  std::function<Result<std::unique_ptr<PeerTransport>>(
      boost::asio::io_context&, PeerEvents&, const TransportOptions&)>
      open;
};

// Each program of tests has its own.
std::vector<Adapter> adapters();

inline TransportOptions options_of(NodeId node, std::uint64_t boot = 1) {
  TransportOptions options;
  options.self.greeting.cluster = ClusterId{0xC1};
  options.self.greeting.node = node;
  options.self.greeting.boot = boot;
  options.self.secret = "open sesame";
  options.first_words = kPatience;
  options.silent_max = kPatience;
  options.again_min = std::chrono::milliseconds(2);
  options.again_max = std::chrono::milliseconds(20);
  return options;
}

// A node that notes what its transport tells it.
struct Sitter : PeerEvents {
  void came(Message message) override { mail.push_back(std::move(message)); }
  void undelivered(Message message) override { lost.push_back(std::move(message)); }
  void up(const Greeting& peer) override { peers_up.push_back(peer); }
  void down(NodeId peer) override {
    std::erase_if(peers_up, [&](const Greeting& each) { return each.node == peer; });
    ++downs;
  }
  void heard(NodeId peer) override { heard_of = peer; }
  void ended(const Error& why) override { reasons.push_back(why.detail); }

  [[nodiscard]] bool is_up(NodeId peer) const {
    return std::ranges::any_of(peers_up,
                               [&](const Greeting& each) { return each.node == peer; });
  }
  [[nodiscard]] bool has_reason(const std::string& part) const {
    return std::ranges::any_of(reasons, [&](const std::string& reason) {
      return reason.find(part) != std::string::npos;
    });
  }

  std::vector<Message> mail;
  std::vector<Message> lost;
  std::vector<Greeting> peers_up;
  std::vector<std::string> reasons;
  NodeId heard_of{};
  int downs = 0;
  NodeId id{};
  boost::asio::io_context io;
  bool is_asleep = false;                    // hangs: nothing of it runs
  std::unique_ptr<PeerTransport> transport;  // last: it uses the others

  [[nodiscard]] PeerAddress address() const {
    return {.node = id, .host = "127.0.0.1", .port = transport->port()};
  }
  void send(Message message) {
    message.from = id;
    transport->send(std::move(message));
  }
};

class Table {
 public:
  explicit Table(Adapter adapter) : adapter_(std::move(adapter)) {}

  Sitter& seat(const TransportOptions& options) {
    auto sitter = std::make_unique<Sitter>();
    sitter->id = options.self.greeting.node;
    auto transport = adapter_.open(sitter->io, *sitter, options);
    if (!transport) FAIL(transport.error().detail);
    sitter->transport = *std::move(transport);
    sitters_.push_back(std::move(sitter));
    return *sitters_.back();
  }

  void leave(const Sitter& sitter) {
    std::erase_if(sitters_, [&](const auto& each) { return each.get() == &sitter; });
  }

  // All that sit there are members, and know where the others are.
  void introduce() {
    std::vector<PeerAddress> all;
    for (const auto& sitter : sitters_) {
      if (!is_guest(sitter->id)) all.push_back(sitter->address());
    }
    for (const auto& sitter : sitters_) {
      std::vector<PeerAddress> others;
      for (const PeerAddress& each : all) {
        if (each.node != sitter->id) others.push_back(each);
      }
      sitter->transport->set_peers(others);
    }
  }

  // Lets all who are awake go on until it is so; false where that takes too long.
  template <class Is>
  [[nodiscard]] bool run_until(Is is_so) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!is_so()) {
      if (std::chrono::steady_clock::now() > until) return false;
      for (const auto& sitter : sitters_) {
        if (sitter->is_asleep) continue;
        sitter->transport->flush();
        sitter->io.restart();
        sitter->io.run_one_for(std::chrono::milliseconds(1));
        sitter->io.poll();
      }
    }
    return true;
  }

  [[nodiscard]] bool all_are_up() {
    return run_until([&] {
      return std::ranges::all_of(sitters_, [&](const auto& one) {
        return one->peers_up.size() == sitters_.size() - 1;
      });
    });
  }

 private:
  Adapter adapter_;
  std::vector<std::unique_ptr<Sitter>> sitters_;
};

// Two members that are connected.
struct TwoConnected {
  explicit TwoConnected(const Adapter& adapter,
                        const TransportOptions& options = options_of(kNode1))
      : table(adapter), one(table.seat(options)), two(table.seat(options_of(kNode2))) {
    table.introduce();
    REQUIRE(table.all_are_up());
  }

  Table table;
  Sitter& one;
  Sitter& two;
};

// One that goes on the data channel, with a number to know it by.
inline Message question(NodeId to, std::uint64_t number) {
  Message message;
  message.to = to;
  message.operation = OperationId{number};
  message.body = Ask{.key = "cart"};
  return message;
}

// The same with so many bytes.
inline Message long_one(NodeId to, std::uint64_t number, std::size_t bytes) {
  Message message;
  message.to = to;
  message.operation = OperationId{number};
  message.body = Offer{.key = "cart",
                       .version = {.at = {.counter = 1, .dot = {ActorId{1}, number + 1}},
                                   .value = std::string(bytes, 'x')}};
  return message;
}

inline Message page(NodeId to, std::uint64_t number, std::size_t bytes) {
  Message message;
  message.to = to;
  message.operation = OperationId{number};
  Page& body = message.body.emplace<Page>();
  KeyState state;
  state.versions.push_back({.at = {.counter = 1, .dot = {ActorId{1}, number + 1}},
                            .value = std::string(bytes, 'x')});
  body.entries.push_back({.key = "cart", .state = std::move(state)});
  return message;
}

// The numbers of those that came, in their order.
inline std::vector<std::uint64_t> numbers_of(const std::vector<Message>& mail) {
  std::vector<std::uint64_t> numbers;
  for (const Message& message : mail) numbers.push_back(message.operation.raw());
  return numbers;
}

inline std::vector<std::uint64_t> numbers_to(std::uint64_t end) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < end; ++i) numbers.push_back(i);
  return numbers;
}

}  // namespace kv::test
