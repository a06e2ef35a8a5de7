#include "v4_replicated_kv/replication/served_lives.hpp"

#include <algorithm>
#include <utility>

namespace kv {

ServedLives::ServedLives(NodeId self, std::shared_ptr<const RingState> ring,
                         bool is_founding)
    : self_(self), ring_(std::move(ring)) {
  for (const Member& member : ring_->members) {
    if (member.node.id == self_) continue;
    peers_[member.node.id].life = is_founding ? kNoLife : kAnyLife;
  }
}

void ServedLives::want(Peer& peer) {
  peer.wanted = true;
  ask_from_ = std::min(ask_from_.value_or(peer.ask_from), peer.ask_from);
}

Served ServedLives::owners_of(PartitionId partition) {
  Served served{};
  std::size_t place = 0;
  for (const NodeId owner : ring_->table.owners(partition)) {
    const auto peer = peers_.find(owner);
    if (peer != peers_.end()) {
      served.at(place) = peer->second.life;
      if (peer->second.life == kAnyLife) want(peer->second);
    }
    ++place;
  }
  return served;
}

void ServedLives::served(NodeId peer, ActorId life) {
  const auto at = peers_.find(peer);
  if (at == peers_.end() || at->second.life == life) return;
  at->second.life = kAnyLife;
  ++at->second.question;
  at->second.ask_from = {};
  want(at->second);
}

void ServedLives::heard(NodeId peer, ActorId life) {
  const auto at = peers_.find(peer);
  if (at == peers_.end()) return;
  const ActorId known = at->second.life;
  if (known != life && known != kNoLife) want(at->second);
}

void ServedLives::answered(NodeId peer, ActorId life, std::uint32_t question) {
  const auto at = peers_.find(peer);
  if (at == peers_.end() || at->second.question != question) return;
  at->second.life = life;
  at->second.wanted = false;
}

std::uint32_t ServedLives::question(NodeId peer) const {
  const auto at = peers_.find(peer);
  return at == peers_.end() ? 0 : at->second.question;
}

void ServedLives::asked_all(Tick next) {
  for (auto& [node, peer] : peers_) peer.ask_from = next;
}

void ServedLives::ask(Tick now, Tick every, OperationId id, Effects& out) {
  if (!ask_from_ || now < *ask_from_) return;
  ask_from_.reset();
  for (auto& [node, peer] : peers_) {
    if (!peer.wanted) continue;
    if (now >= peer.ask_from) {
      peer.ask_from = now + every;
      Message& hello = out.post(Hello{});
      hello.to = node;
      hello.operation = id;
    }
    want(peer);
  }
}

}  // namespace kv
