// Siblings against a dumb twin that forgets nothing: each replica keeps every put and
// delete that it heard of, and with each the whole set of dots that its writer had seen.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/versioning/replicas.hpp"
#include "v4_replicated_kv/versioning/context.hpp"

using namespace kv;

namespace {

using Dots = std::set<Dot>;

struct Event {
  std::vector<Dot> made;  // one dot, or none for a delete
  Dots replaced;
};

using Events = std::map<int, Event>;  // by the order in which they happened

Dots seen_in(const Events& events) {
  Dots seen;
  for (const auto& [number, event] : events) {
    seen.insert(event.made.begin(), event.made.end());
    seen.insert(event.replaced.begin(), event.replaced.end());
  }
  return seen;
}

std::vector<Dot> live_in(const Events& events) {
  Dots live;
  for (const auto& [number, event] : events) {
    live.insert(event.made.begin(), event.made.end());
  }
  for (const auto& [number, event] : events) {
    for (const Dot& dot : event.replaced) live.erase(dot);
  }
  return {live.begin(), live.end()};
}

// A client: what it was told, as a token and as the twin's set.
struct Client {
  std::string token;
  Dots seen;
};

struct Message {
  std::size_t to, key;
  std::string bytes;
  Events events;
};

class World {
 public:
  static constexpr std::size_t kReplicas = 3, kKeys = 2, kClients = 4;

  explicit World(std::uint64_t seed)
      : rng_(seed),
        replicas_(make_replicas(kReplicas, kKeys)),
        twins_(kReplicas, std::vector<Events>(kKeys)),
        clients_(kKeys, std::vector<Client>(kClients)) {}

  void step() {
    const std::size_t self = rng_.below(kReplicas);
    const std::size_t key = rng_.below(kKeys);
    Client& client = clients_[key][rng_.below(kClients)];
    switch (rng_.below(8)) {
      case 0:
      case 1:
        read(self, key, client);
        break;
      case 2:
      case 3:
        write(self, key, client);
        break;
      case 4:
        erase(self, key, client);
        break;
      case 5:
        send(self, key);
        break;
      default:
        deliver();
    }
    compare();
  }

  // Everybody hears of everything, twice and in no order.
  void heal() {
    for (int i = 0; i < 2; ++i) {
      for (std::size_t self = 0; self < kReplicas; ++self) {
        for (std::size_t key = 0; key < kKeys; ++key) send(self, key);
      }
      while (!messages_.empty()) deliver();
    }
    compare();
  }

  void check_converged() const {
    for (std::size_t key = 0; key < kKeys; ++key) {
      for (const Holder& replica : replicas_) {
        REQUIRE(replica.keys[key] == replicas_[0].keys[key]);
        REQUIRE(digest(Policy::siblings, replica.keys[key]) ==
                digest(Policy::siblings, replicas_[0].keys[key]));
      }
    }
  }

  void check_nothing_vanished() const {
    for (std::size_t key = 0; key < kKeys; ++key) {
      const auto live = visible_dots(replicas_[0].keys[key]);
      const Events& events = twins_[0][key];
      for (const auto& [number, event] : events) {
        for (const Dot& dot : event.made) {
          const bool replaced = std::ranges::any_of(events, [&](const auto& other) {
            return other.second.replaced.contains(dot);
          });
          REQUIRE((std::ranges::binary_search(live, dot) || replaced));
        }
      }
    }
  }

  [[nodiscard]] int puts() const { return puts_; }

 private:
  void read(std::size_t self, std::size_t key, Client& client) {
    client.token = context_text(replicas_[self].keys[key].seen, KeyHash{key}).value();
    client.seen = seen_in(twins_[self][key]);
  }

  void write(std::size_t self, std::size_t key, Client& client) {
    KeyState& state = replicas_[self].keys[key];
    const History context = parse_context(client.token, KeyHash{key}).value();
    const VersionVector horizon = horizon_of(replicas_, self);
    const Version version = make_version(replicas_[self].source, state, "v");
    const auto answer = put(state, version, context, horizon);
    REQUIRE(answer);
    twins_[self][key][clock_++] = {.made = {version.dot()}, .replaced = client.seen};
    client.token = context_text(*answer, KeyHash{key}).value();
    client.seen.insert(version.dot());
    ++puts_;
  }

  void erase(std::size_t self, std::size_t key, const Client& client) {
    const History context = parse_context(client.token, KeyHash{key}).value();
    REQUIRE(remove(replicas_[self].keys[key], context, horizon_of(replicas_, self)));
    twins_[self][key][clock_++] = {.made = {}, .replaced = client.seen};
  }

  void send(std::size_t self, std::size_t key) {
    for (std::size_t to = 0; to < kReplicas; ++to) {
      if (to == self) continue;
      messages_.push_back(
          {.to = to,
           .key = key,
           .bytes = state_bytes(Policy::siblings, replicas_[self].keys[key]),
           .events = twins_[self][key]});
    }
  }

  // Any message: delivered and gone, delivered and still under way; lost while not
  // healing.
  void deliver() {
    if (messages_.empty()) return;
    const auto at =
        messages_.begin() + static_cast<std::ptrdiff_t>(rng_.below(messages_.size()));
    KeyState& state = replicas_[at->to].keys[at->key];
    const KeyState theirs = parse_state(Policy::siblings, at->bytes).value();
    state = receive(Policy::siblings, state, theirs, {});
    twins_[at->to][at->key].insert(at->events.begin(), at->events.end());
    if (rng_.below(3) != 0) messages_.erase(at);
  }

  void compare() const {
    for (std::size_t self = 0; self < kReplicas; ++self) {
      for (std::size_t key = 0; key < kKeys; ++key) {
        const KeyState& state = replicas_[self].keys[key];
        const Events& twin = twins_[self][key];
        REQUIRE(visible_dots(state) == live_in(twin));
        for (const Dot& dot : seen_in(twin)) REQUIRE(state.seen.covers(dot));
      }
    }
  }

  Rng rng_;
  std::vector<Holder> replicas_;
  std::vector<std::vector<Events>> twins_;
  std::vector<std::vector<Client>> clients_;
  std::vector<Message> messages_;
  int clock_ = 0;
  int puts_ = 0;

 public:
  // Messages that never arrive.
  void lose_some() {
    std::erase_if(messages_, [&](const Message&) { return rng_.below(2) == 0; });
  }
};

}  // namespace

TEST_CASE("siblings are what explicit histories say, whatever is lost, late or doubled") {
  int puts = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    World world(seed);
    for (int i = 0; i < 60; ++i) {
      world.step();
      if (i % 20 == 19) world.lose_some();
    }
    world.heal();
    world.check_converged();
    world.check_nothing_vanished();
    puts += world.puts();
  }
  CHECK(puts > 1000);
}
