#include "v4_replicated_kv/serve/peer_watch.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "v4_replicated_kv/configuration/address.hpp"
#include "v4_replicated_kv/runtime/clocks.hpp"

namespace kv {

namespace {

Tick tick_of(Span span) {
  return Tick{static_cast<std::uint64_t>(std::chrono::microseconds(span).count())};
}

std::uint64_t milliseconds_of(Tick ticks) {
  return ticks.raw() / 1000;
}

}  // namespace

PeerWatch::PeerWatch(ServerLoop& loop, NodeId self, const FailureSettings& rules,
                     std::uint64_t seed, const EventLog& log, TellLives tell_lives)
    : loop_(loop),
      self_(self),
      log_(log),
      tell_lives_(std::move(tell_lives)),
      detector_({.heartbeat = tick_of(rules.heartbeat),
                 .suspect_after = tick_of(rules.suspect_after),
                 .fail_after = tick_of(rules.fail_after)},
                seed, moment_now().now) {
  loop_.run_there([this] {
    for (const Member& member : loop_.ring().members) {
      if (member.node.id != self_) detector_.watch(member.node.id, moment_now().now);
    }
    loop_.on_peers({.heard = [this](NodeId peer) { heard(peer); },
                    .up = [this](const Greeting& peer) { up(peer); },
                    .down = [this](NodeId peer) { down(peer); },
                    .ended =
                        [this](const Error& why) {
                          log_.debug("a connection ended", {{"why", why.detail}});
                        }});
  });
}

PeerWatch::~PeerWatch() {
  loop_.run_there([this] { loop_.on_peers({}); });
}

std::string PeerWatch::name_of(NodeId peer) const {
  const Member* const member = loop_.ring().find(peer);
  return member == nullptr ? "a guest" : member->node.name;
}

void PeerWatch::heard(NodeId peer) {
  const auto boot = boots_.find(peer);
  if (boot == boots_.end()) return;
  HealthChanges changes;
  detector_.heard(peer, boot->second, moment_now().now, changes);
  tell(changes);
}

void PeerWatch::up(const Greeting& peer) {
  boots_[peer.node] = peer.boot;
  log_.info("connected", {{"peer", name_of(peer.node)}});
  heard(peer.node);
  tell_lives();
}

void PeerWatch::down(NodeId peer) {
  boots_.erase(peer);
  tell_lives();
  log_.info("disconnected", {{"peer", name_of(peer)}});
}

void PeerWatch::tick() {
  loop_.run_there([this] {
    HealthChanges changes;
    // The loop sends heartbeats by itself.
    (void)detector_.step(moment_now().now, changes);
    tell(changes);
  });
}

void PeerWatch::tell(const HealthChanges& changes) {
  for (const HealthChange& change : changes) {
    const auto say = [&](auto level) {
      (log_.*level)("a node's health is another",
                    {{"peer", name_of(change.peer)},
                     {"from", word_for(change.from)},
                     {"to", word_for(change.to)},
                     {"silent_ms", milliseconds_of(change.silence)},
                     {"restarted", change.restarted}});
    };
    const bool is_worse = change.to == Health::suspected || change.to == Health::failed;
    loop_.suspect(change.peer, is_worse);
    say(is_worse ? &EventLog::warn : &EventLog::info);
  }
  if (changes.empty()) return;
  publish();
  tell_lives();
}

// For whoever asks which nodes there are.
void PeerWatch::publish() {
  std::vector<Neighbour> neighbours;
  for (const Member& member : loop_.ring().members) {
    const auto found =
        std::ranges::find(members_, member.node.name, &MemberAddresses::name);
    Neighbour one{.node = member.node.id};
    if (found != members_.end()) {
      one.http = found->http;
      one.grpc = found->grpc;
    }
    if (member.node.id != self_) one.state = word_for(detector_.health(member.node.id));
    neighbours.push_back(std::move(one));
  }
  loop_.set_neighbours(std::move(neighbours));
}

void PeerWatch::move_to(const std::vector<MemberAddresses>& members) {
  loop_.run_there([&] {
    if (members == members_) return;
    members_ = members;
    std::vector<PeerAddress> peers;
    for (const MemberAddresses& one : members_) {
      const Member* const member = loop_.ring().find(one.name);
      if (member == nullptr || member->node.id == self_) continue;
      PeerAddress peer{.node = member->node.id, .host = {}, .port = 0};
      // One that has just started has no port yet, and is a member all the same: without an
      // address it would be put out, and what it dialled be closed.
      if (const auto address = parse_address(one.peer)) {
        peer.host = address->host;
        peer.port = address->port;
      }
      peers.push_back(std::move(peer));
    }
    if (loop_.transport() != nullptr) loop_.transport()->set_peers(peers);
    publish();
  });
}

void PeerWatch::tell_lives() {
  if (!tell_lives_) return;
  Lives lives;
  for (const auto& [peer, boot] : boots_) {
    const Member* const member = loop_.ring().find(peer);
    if (member == nullptr) continue;
    const Health health = detector_.health(peer);
    const bool is_silent = health == Health::suspected || health == Health::failed;
    if (!is_silent) lives.emplace(member->node.name, boot);
  }
  tell_lives_(std::move(lives));
}

std::vector<std::string> PeerWatch::missing() {
  std::vector<std::string> names;
  loop_.run_there([&] {
    for (const Member& member : loop_.ring().members) {
      const NodeId id = member.node.id;
      if (id != self_ && !boots_.contains(id)) names.push_back(member.node.name);
    }
  });
  return names;
}

}  // namespace kv
