#include "v4_replicated_kv/transport/peer_keeper.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <sys/random.h>

namespace kv {

using boost::system::error_code;

namespace {

// Looks at who is silent, while somebody may become so.
constexpr int kLooksInSilence = 8;

constexpr std::array kChannels{Channel::control, Channel::data, Channel::bulk};

}  // namespace

PeerKeeper::PeerKeeper(boost::asio::io_context& io, PeerEvents& events,
                       const PeerOptions& options, std::uint64_t seed)
    : io_(io),
      events_(events),
      options_(options),
      chance_(seed),
      roster_(options.self.greeting.node, events, options.limits),
      timer_(io) {}

Result<PeerIdentity> PeerKeeper::identity() const {
  PeerIdentity self = options_.self;
  Nonce& nonce = self.greeting.nonce;
  if (::getrandom(nonce.data(), nonce.size(), 0) != static_cast<ssize_t>(nonce.size())) {
    return fail(Errc::io, "the operating system gives no random numbers");
  }
  return self;
}

void PeerKeeper::took_in(const WirePtr& stranger) {
  strangers_.push_back({stranger, Clock::now() + options_.first_words});
  if (strangers_.size() > options_.strangers_max) {
    const auto oldest = strangers_.front().wire;
    oldest->close({Errc::conflict, "a stranger made way for the next"});
  }
  if (!strangers_.empty()) wake_at(strangers_.front().due);
}

Result<void> PeerKeeper::greeted(const WirePtr& wire) {
  std::erase_if(strangers_,
                [&](const Stranger& stranger) { return stranger.wire == wire; });
  Dial* const dial = dial_of(*wire);
  if (dial != nullptr) dial->pause = options_.again_min;
  return roster_.welcome(wire, dial != nullptr, Clock::now());
}

void PeerKeeper::heard(const WirePtr& wire) {
  roster_.heard(wire, Clock::now());
}

void PeerKeeper::ended(const PeerWire& wire, const Error& why) {
  std::erase_if(strangers_,
                [&](const Stranger& stranger) { return stranger.wire.get() == &wire; });
  Dial* const dial = dial_of(wire);
  roster_.gone(wire);
  if (dial != nullptr) failed_to_dial(*dial);
  if (!is_stopped_) events_.ended(why);
}

void PeerKeeper::set_peers(const std::vector<PeerAddress>& peers) {
  const NodeId self = options_.self.greeting.node;
  std::set<NodeId> members;
  std::map<NodeId, Dialled> keep;
  for (const PeerAddress& peer : peers) {
    members.insert(peer.node);
    if (!PeerRoster::dials(self, peer.node) || peer.port == 0) continue;
    Dialled dialled{.address = peer, .dials = {}};
    const auto known = dialled_.find(peer.node);
    if (known != dialled_.end() && known->second.address == peer) {
      dialled = known->second;
    } else {
      for (std::size_t i = 0; i < kChannels.size(); ++i) {
        dialled.dials[i] = {.channel = kChannels[i], .pause = options_.again_min};
      }
    }
    keep.emplace(peer.node, std::move(dialled));
  }
  std::swap(dialled_, keep);
  // Whom it dialled under an address that is not theirs any more.
  for (auto& [id, old] : keep) {
    const auto now = dialled_.find(id);
    if (now != dialled_.end() && now->second.address == old.address) continue;
    for (const Dial& dial : old.dials) {
      if (dial.wire) dial.wire->close({Errc::conflict, "the peer has moved"});
    }
  }
  roster_.set_members(std::move(members));
  wake_at(Clock::now());
}

void PeerKeeper::stop() {
  if (std::exchange(is_stopped_, true)) return;
  stop_listening();
  timer_.cancel();
  const Error why{Errc::stopped, "this node ends its connections"};
  const auto dialled = std::exchange(dialled_, {});
  const auto strangers = std::exchange(strangers_, {});
  for (const Stranger& stranger : strangers) stranger.wire->close(why);
  roster_.close_all(why);
  for (const auto& [id, peer] : dialled) {
    for (const Dial& dial : peer.dials) {
      if (dial.wire) dial.wire->close(why);
    }
  }
}

PeerCounts PeerKeeper::counts() const {
  PeerCounts counts = roster_.counts();
  counts.strangers = strangers_.size();
  return counts;
}

PeerKeeper::Dial* PeerKeeper::dial_of(const PeerWire& wire) {
  for (auto& [id, peer] : dialled_) {
    for (Dial& dial : peer.dials) {
      if (dial.wire.get() == &wire) return &dial;
    }
  }
  return nullptr;
}

void PeerKeeper::dial(const PeerAddress& address, Dial& dial) {
  const auto self = identity();
  if (!self) {
    events_.ended(self.error());
    return failed_to_dial(dial);
  }
  dial.wire = connect(address, PeerLink::dialling(*self, address.node, dial.channel));
  dial.due = Clock::now() + options_.first_words;
}

// Half of the pause is chance: those whom one event cut off do not come back together.
void PeerKeeper::failed_to_dial(Dial& dial) {
  dial.wire.reset();
  const auto whole = static_cast<std::uint64_t>(dial.pause.count());
  const auto wait = whole / 2 + chance_.below(whole / 2 + 1);
  dial.due = Clock::now() + std::chrono::milliseconds(wait);
  dial.pause = std::min(dial.pause * 2, options_.again_max);
  wake_at(dial.due);
}

void PeerKeeper::look_at_strangers(Clock::time_point now) {
  while (!strangers_.empty() && strangers_.front().due <= now) {
    const auto stranger = strangers_.front().wire;
    stranger->close({Errc::io, "a stranger did not say in time who it is"});
  }
}

void PeerKeeper::look_at_dial(const Dialled& peer, Dial& each, Clock::time_point now) {
  const bool is_there = each.wire && each.wire->link().is_greeted();
  if (is_there || each.due > now) return;
  if (!each.wire) return dial(peer.address, each);
  const auto late = each.wire;
  late->close(
      {Errc::io, fmt::format("node {} did not answer in time", peer.address.node.raw())});
}

void PeerKeeper::look_at_clock() {
  const auto now = Clock::now();
  look_at_strangers(now);
  // After this process was stopped for a while, what its peers said waits to be read.
  const bool was_away = now - looked_ > options_.silent_max / 2;
  if (!was_away) roster_.end_silent_since(now - options_.silent_max);
  looked_ = now;
  look_again();
  auto next = now + options_.silent_max / kLooksInSilence;
  if (!strangers_.empty()) next = std::min(next, strangers_.front().due);
  for (auto& [id, peer] : dialled_) {
    for (Dial& each : peer.dials) {
      look_at_dial(peer, each, now);
      const bool is_there = each.wire && each.wire->link().is_greeted();
      if (!is_there) next = std::min(next, each.due);
    }
  }
  wake_at(next);
}

// Sooner than it would, or at all.
void PeerKeeper::wake_at(Clock::time_point when) {
  if (is_stopped_) return;
  const bool is_armed = timer_.expiry() > Clock::now();
  if (is_armed && timer_.expiry() <= when) return;
  timer_.expires_at(when);
  timer_.async_wait([this, alive = std::weak_ptr(alive_)](const error_code& cancelled) {
    if (cancelled || alive.expired() || is_stopped_) return;
    look_at_clock();
  });
}

}  // namespace kv
