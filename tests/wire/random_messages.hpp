// Messages of every kind, from a seed: with small numbers, and with the largest there can be.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/versioning/version.hpp"

namespace kv::test {

inline constexpr std::size_t kBodies = std::variant_size_v<decltype(Message::body)>;

class RandomMessages {
 public:
  RandomMessages(std::uint64_t seed, Policy policy) : rng_(seed), policy_(policy) {}

  // A message whose body is the variant's `index`-th.
  Message next(std::size_t index) {
    Message message{.from = NodeId{number32()},
                    .to = NodeId{number32()},
                    .operation = OperationId{rng_.next()},
                    .round = number32(),
                    .epoch = Epoch{number(UINT64_MAX)},
                    .standing = standing(),
                    .body = {}};
    set_body(message, index);
    return message;
  }
  Message next() { return next(rng_.below(kBodies)); }

  std::string bytes(std::size_t min, std::size_t max) {
    std::string text(min + rng_.below(max - min + 1), '\0');
    for (char& c : text) c = static_cast<char>(rng_.below(256));
    return text;
  }

 private:
  // None, few, the most, or anything between.
  std::uint64_t number(std::uint64_t max, std::uint64_t min = 0) {
    const std::array<std::uint64_t, 4> choice{min, max, min + rng_.below(300),
                                              min + (rng_.next() % (max - min))};
    return std::min(choice[rng_.below(choice.size())], max);
  }
  std::uint32_t number32() { return static_cast<std::uint32_t>(number(UINT32_MAX)); }
  bool coin() { return rng_.below(2) == 0; }

  Dot dot() {
    return {.actor = ActorId{number(UINT64_MAX, 1)}, .seq = number(kSeqMax, 1)};
  }
  Standing standing() {
    return {.actor = ActorId{rng_.next()},
            .durable = number(kSeqMax),
            .reserved = number(kSeqMax)};
  }
  Version draft() {
    Version version;
    version.kind = coin() ? Kind::value : Kind::tombstone;
    version.request = RequestId{number(UINT64_MAX)};
    if (version.kind == Kind::value) {
      version.value = bytes(0, 100);
      version.expires = WallMs{number(UINT64_MAX)};
    }
    return version;
  }
  Version version() {
    Version version = draft();
    version.at = {.counter = number(kCounterMax, 1), .dot = dot()};
    if (rng_.below(4) == 0) version = {.at = version.at, .kind = Kind::expired};
    return version;
  }
  History history() {
    History history;
    for (std::uint64_t i = rng_.below(4); i > 0; --i) history.raise(dot());
    for (std::uint64_t i = rng_.below(4); i > 0; --i) history.add(dot());
    return history;
  }
  KeyState state() {
    KeyState state;
    if (policy_ == Policy::siblings) state.seen = history();
    for (const Dot& dot : state.seen.dots()) {
      Version value = version();
      if (value.kind != Kind::value) value = {.at = value.at, .value = "x"};
      value.at.dot = dot;
      state.versions.push_back(std::move(value));
    }
    if (policy_ == Policy::last_write_wins && coin()) state.versions.push_back(version());
    for (std::uint64_t i = rng_.below(10); i > 0; --i) {
      state.recent.add({.at = {.counter = number(kCounterMax, 1), .dot = dot()},
                        .id = RequestId{rng_.next()}});
    }
    return state;
  }
  Served served() {
    Served served{};
    if (coin()) return served;
    for (std::uint64_t i = rng_.below(served.size() + 1); i > 0; --i) {
      served.at(i - 1) = ActorId{number(UINT64_MAX)};
    }
    return served;
  }
  std::optional<Error> perhaps_error() {
    if (coin()) return std::nullopt;
    return Error{static_cast<Errc>(rng_.below(11)), bytes(0, 60)};
  }

  // NOLINTNEXTLINE(readability-function-size): a line or two a body.
  void set_body(Message& message, std::size_t index) {
    auto& body = message.body;
    switch (index) {
      case 0:
        body = Offer{bytes(1, 60), version(), coin()};
        break;
      case 1:
        body = Mint{bytes(1, 60), draft(), history()};
        break;
      case 2:
        body = Minted{state(), history()};
        break;
      case 3:
        body = Push{bytes(1, 60), state()};
        break;
      case 4:
        body = Stored{static_cast<Storing>(rng_.below(4)), number(kCounterMax),
                      perhaps_error(), served()};
        break;
      case 5:
        body = Ask{bytes(1, 60), coin() ? Detail::digest : Detail::state, coin(), coin()};
        break;
      case 6: {
        Held& held = body.emplace<Held>();
        held.digest = rng_.next();
        held.counter = number(kCounterMax);
        if (coin()) held.state = state();
        held.error = perhaps_error();
        held.served = served();
        if (coin()) held.long_bytes = number(kLongBytesMax);
        break;
      }
      case 7:
        body = Hello{};
        break;
      case 8: {
        KnownAs& known = body.emplace<KnownAs>();
        if (coin()) known.seen = standing();
        break;
      }
      case 9:
        body = Pull{PartitionId{number32()}, KeyHash{rng_.next()}, bytes(0, 60)};
        break;
      case 10: {
        Page& page = body.emplace<Page>();
        page.partition = PartitionId{number32()};
        for (std::uint64_t i = rng_.below(5); i > 0; --i) {
          page.entries.push_back({.key = bytes(1, 60), .state = state()});
        }
        page.is_last = coin();
        page.next_hash = KeyHash{rng_.next()};
        page.next_key = bytes(0, 60);
        page.error = perhaps_error();
        break;
      }
      case 11:
        body = Heartbeat{};
        break;
      case 12:
        body = List{KeyHash{rng_.next()}, bytes(0, 60), KeyHash{rng_.next()},
                    bytes(0, 60), number32()};
        break;
      default: {
        Listed& listed = body.emplace<Listed>();
        for (std::uint64_t i = rng_.below(5); i > 0; --i) {
          listed.entries.push_back({.key = bytes(1, 60), .state = state()});
        }
        listed.is_last = coin();
        listed.next_hash = KeyHash{rng_.next()};
        listed.next_key = bytes(0, 60);
        listed.error = perhaps_error();
      }
    }
  }

  Rng rng_;
  Policy policy_;
};

}  // namespace kv::test
