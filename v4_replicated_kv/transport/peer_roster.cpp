#include "v4_replicated_kv/transport/peer_roster.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace kv {

namespace {

std::size_t place_of(Channel channel) {
  return static_cast<std::size_t>(channel) - 1;
}

}  // namespace

void PeerRoster::set_members(std::set<NodeId> members) {
  members_ = std::move(members);
  std::vector<NodeId> leave;
  for (const auto& [id, peer] : peers_) {
    if (!is_guest(id) && !members_.contains(id)) leave.push_back(id);
  }
  for (const NodeId id : leave) {
    close_all_of(
        id, {Errc::conflict, fmt::format("node {} is no member any more", id.raw())});
  }
}

Result<void> PeerRoster::check(const Greeting& peer, bool was_dialled_here) const {
  if (was_dialled_here) return {};
  if (is_guest(peer.node)) {
    const auto guests = std::ranges::count_if(
        peers_, [](const auto& known) { return is_guest(known.first); });
    const bool has_room = static_cast<std::size_t>(guests) < limits_.guests_max ||
                          peers_.contains(peer.node);
    if (has_room) return {};
    return fail(Errc::conflict, fmt::format("guest {}: this node has {} guests already",
                                            peer.node.raw(), guests));
  }
  if (!members_.contains(peer.node)) {
    return fail(
        Errc::conflict,
        fmt::format("node {} is no member that this node knows of", peer.node.raw()));
  }
  if (!dials(peer.node, self_)) {
    return fail(Errc::conflict,
                fmt::format("node {} dialled, where node {} is to dial it",
                            peer.node.raw(), self_.raw()));
  }
  return {};
}

Result<void> PeerRoster::welcome(const std::shared_ptr<PeerWire>& wire,
                                 bool was_dialled_here, Clock::time_point now) {
  const Greeting& greeting = wire->link().peer();
  if (auto checked = check(greeting, was_dialled_here); !checked) return checked;
  if (is_second_life(greeting, now)) {
    return fail(
        Errc::conflict,
        fmt::format("two processes are node {}: the one that was here first stays",
                    greeting.node.raw()));
  }
  make_way(greeting.node, *wire);
  Peer& peer = peers_[greeting.node];
  peer.wires[place_of(wire->link().channel())] = wire;
  peer.heard = now;
  const bool has_all =
      std::ranges::all_of(peer.wires, [](const auto& each) { return each != nullptr; });
  if (has_all) {
    peer.is_up = true;
    events_.up(greeting);
  }
  return {};
}

bool PeerRoster::is_second_life(const Greeting& peer, Clock::time_point now) const {
  const auto known = peers_.find(peer.node);
  if (known == peers_.end() || now - known->second.heard >= limits_.alive_within) {
    return false;
  }
  return std::ranges::any_of(known->second.wires, [&](const auto& wire) {
    return wire != nullptr && wire->link().peer().boot != peer.boot;
  });
}

// The old connection of this channel, and all of an earlier life.
void PeerRoster::make_way(NodeId id, const PeerWire& newcomer) {
  const auto known = peers_.find(id);
  if (known == peers_.end()) return;
  const auto wires = known->second.wires;  // closing one changes the peer's
  for (const auto& wire : wires) {
    if (wire == nullptr) continue;
    const bool is_of_another_life =
        wire->link().peer().boot != newcomer.link().peer().boot;
    if (is_of_another_life || wire->link().channel() == newcomer.link().channel()) {
      wire->close({Errc::conflict, fmt::format("node {} has connected anew", id.raw())});
    }
  }
}

void PeerRoster::gone(const PeerWire& wire) {
  if (!wire.link().is_greeted()) return;
  const NodeId id = wire.link().peer().node;
  const auto known = peers_.find(id);
  if (known == peers_.end()) return;
  Peer& peer = known->second;
  auto& place = peer.wires[place_of(wire.link().channel())];
  if (place.get() != &wire) return;
  place.reset();
  const bool was_up = std::exchange(peer.is_up, false);
  const bool has_none =
      std::ranges::all_of(peer.wires, [](const auto& each) { return each == nullptr; });
  if (has_none) peers_.erase(known);
  if (was_up) events_.down(id);
}

void PeerRoster::heard(const std::shared_ptr<PeerWire>& wire, Clock::time_point now) {
  const auto known = peers_.find(wire->link().peer().node);
  if (known == peers_.end()) return;
  known->second.heard = now;
  if (wire->link().channel() == Channel::bulk) flush_later(wire);
  events_.heard(known->first);
}

void PeerRoster::flush_later(const std::shared_ptr<PeerWire>& wire) {
  if (std::ranges::find(unflushed_, wire) == unflushed_.end()) unflushed_.push_back(wire);
}

void PeerRoster::send(Message message) {
  const auto known = peers_.find(message.to);
  if (known == peers_.end()) return events_.undelivered(std::move(message));
  const auto& wire = known->second.wires[place_of(channel_of(message))];
  // What waits longest is bytes already, and part of it may be under way: so it is the newest
  // that is not taken.
  const bool has_room = wire != nullptr && wire->waiting() < limits_.waiting_bytes_max;
  if (!has_room || !wire->link().add(message)) {
    return events_.undelivered(std::move(message));
  }
  flush_later(wire);
}

void PeerRoster::flush() {
  for (const auto& wire : unflushed_) {
    wire->link().give_credit();
    wire->write();
  }
  unflushed_.clear();
}

void PeerRoster::end_silent_since(Clock::time_point then) {
  std::vector<NodeId> silent;
  for (const auto& [id, peer] : peers_) {
    if (peer.heard < then) silent.push_back(id);
  }
  for (const NodeId id : silent) {
    close_all_of(
        id, {Errc::io, fmt::format("node {} has said nothing for too long", id.raw())});
  }
}

void PeerRoster::close_all_of(NodeId id, const Error& why) {
  const auto known = peers_.find(id);
  if (known == peers_.end()) return;
  const auto wires = known->second.wires;
  for (const auto& wire : wires) {
    if (wire != nullptr) wire->close(why);
  }
}

void PeerRoster::close_all(const Error& why) {
  unflushed_.clear();
  std::vector<NodeId> ids;
  for (const auto& [id, peer] : peers_) ids.push_back(id);
  for (const NodeId id : ids) close_all_of(id, why);
}

PeerCounts PeerRoster::counts() const {
  PeerCounts counts;
  for (const auto& [id, peer] : peers_) {
    if (peer.is_up && !is_guest(id)) ++counts.up;
    for (const auto& wire : peer.wires) {
      if (wire != nullptr) counts.waiting_bytes += wire->waiting();
    }
  }
  return counts;
}

}  // namespace kv
