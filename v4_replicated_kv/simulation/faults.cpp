#include "v4_replicated_kv/simulation/faults.hpp"

#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/storage/segment.hpp"

namespace kv {

Faults::Faults(World& world, const FaultRules& rules, std::uint64_t seed)
    : world_(world), rules_(rules), chance_(seed) {}

void Faults::start() {
  if (!rules_.on) return;
  is_on_ = true;
  next();
}

void Faults::next() {
  if (!is_on_) return;
  const Tick at = world_.now() + Tick{1 + chance_.below(rules_.gap_max.raw())};
  world_.at(at, [this] {
    if (!is_on_) return;
    if (rolled_back_ && world_.is_whole(*rolled_back_)) rolled_back_.reset();
    if (!rolled_back_) happen();
    next();
  });
}

void Faults::happen() {
  ++count_;
  switch (chance_.below(rules_.may_lose_disks ? 20 : 15)) {
    case 0:
    case 1:
      return kill_one();
    case 2:
    case 3:
      return cut_power_of_one();
    case 4:
      return cut_power_of_all();
    case 5:
    case 6:
      return pause_one();
    case 7:
    case 8:
    case 9:
      return partition();
    case 10:
    case 11:
      return change_weather();
    case 12:
      return step_clock();
    case 13:
      return fail_disk();
    case 14:
      return fill_disk();
    case 15:
    case 16:
      return keep_disk();
    case 17:
      return roll_back();
    case 18:
      return lose_disk();
    default:
      return chance_.below(4) == 0 ? flip_bit() : lose_disk();
  }
}

void Faults::later(Tick after_max, NodeId node, void (Faults::*what)(NodeId)) {
  const Tick at = world_.now() + Tick{1 + chance_.below(after_max.raw())};
  world_.at(at, [this, node, what] {
    if (is_on_) (this->*what)(node);
  });
}

NodeId Faults::any() {
  return NodeId{static_cast<std::uint32_t>(chance_.below(world_.size()))};
}

// A flipped bit at a log's end looks like a write that was cut short. That it was none, only
// those know who heard how far that disk was: they stay up then.
std::optional<NodeId> Faults::any_up() {
  const NodeId node = any();
  if (damaged_ && damaged_ != node) return std::nullopt;
  if (!world_.is_up(node)) return std::nullopt;
  return node;
}

void Faults::bring_up(NodeId node) {
  if (world_.is_up(node)) return;
  world_.machine(node).disk().heal();
  world_.start(node);
}

void Faults::go_on(NodeId node) {
  world_.resume(node);
}

void Faults::kill_one() {
  const auto node = any_up();
  if (!node) return;
  world_.kill(*node);
  later(Tick{60'000}, *node, &Faults::bring_up);
}

void Faults::cut_power_of_one() {
  const auto node = any_up();
  if (!node) return;
  world_.cut_power(*node);
  later(Tick{60'000}, *node, &Faults::bring_up);
}

void Faults::cut_power_of_all() {
  if (damaged_) return;
  for (std::size_t i = 0; i < world_.size(); ++i) {
    const NodeId node{static_cast<std::uint32_t>(i)};
    if (world_.is_up(node)) world_.cut_power(node);
    later(Tick{20'000}, node, &Faults::bring_up);
  }
}

void Faults::pause_one() {
  const auto node = any_up();
  if (!node || world_.is_paused(*node)) return;
  world_.pause(*node);
  later(Tick{100'000}, *node, &Faults::go_on);
}

void Faults::partition() {
  if (chance_.below(3) == 0) {
    world_.note("the network is whole again");
    return world_.network().mend_all();
  }
  // Two sides, or a wall in one direction, or one link.
  const std::uint64_t kind = chance_.below(3);
  const std::uint64_t side = chance_.below(std::uint64_t{1} << world_.size());
  const NodeId one = any();
  const NodeId other = any();
  world_.note(kind == 2 ? fmt::format("{} and {} are cut off from each other",
                                      name_of(one), name_of(other))
                        : fmt::format("the network is cut{}, sides {:b}",
                                      kind == 1 ? " in one direction" : "", side));
  const auto is_there = [&](std::size_t node) { return ((side >> node) & 1U) != 0; };
  for (std::uint32_t from = 0; from < world_.size(); ++from) {
    for (std::uint32_t to = 0; to < world_.size(); ++to) {
      const bool is_link = (NodeId{from} == one && NodeId{to} == other) ||
                           (NodeId{to} == one && NodeId{from} == other);
      const bool cuts =
          kind == 2 ? is_link
                    : is_there(from) != is_there(to) && (kind == 0 || is_there(from));
      if (cuts && from != to) world_.network().cut(NodeId{from}, NodeId{to});
    }
  }
  world_.at(world_.now() + Tick{1 + chance_.below(80'000)},
            [this] { world_.network().mend_all(); });
}

void Faults::change_weather() {
  Weather& weather = world_.network().weather;
  weather = {};
  weather.bounced_per_mille = chance_.below(1001);
  if (chance_.below(3) == 0) return world_.note("the network is calm");
  if (chance_.below(2) == 0) weather.lost_per_mille = chance_.below(300);
  if (chance_.below(2) == 0) weather.doubled_per_mille = chance_.below(300);
  if (chance_.below(2) == 0) weather.late_per_mille = chance_.below(100);
  if (chance_.below(2) == 0) weather.delay_max = Tick{1'000 + chance_.below(30'000)};
  world_.note(fmt::format("of 1000 messages {} are lost, {} come twice, {} late again",
                          weather.lost_per_mille, weather.doubled_per_mille,
                          weather.late_per_mille));
}

void Faults::step_clock() {
  constexpr std::int64_t kHourMs = 3'600'000;
  const NodeId node = any();
  const std::int64_t ahead =
      static_cast<std::int64_t>(chance_.below(2 * kHourMs)) - kHourMs;
  world_.note(fmt::format("the clock of {} is {} ms ahead", name_of(node), ahead));
  world_.machine(node).set_clock(ahead);
}

void Faults::fail_disk() {
  const auto node = any_up();
  if (!node) return;
  world_.note(fmt::format("the disk of {} is about to fail", name_of(*node)));
  world_.machine(*node).disk().inject({.call = 1 + chance_.below(30), .code = Errc::io});
  later(Tick{60'000}, *node, &Faults::bring_up);
}

void Faults::fill_disk() {
  const NodeId node = any();
  world_.note(fmt::format("the disk of {} is almost full", name_of(node)));
  SimulatedPlatter& disk = world_.machine(node).disk();
  disk.limit_capacity(disk.bytes_used() + chance_.below(20'000));
  later(Tick{60'000}, node, &Faults::free_disk);
}

void Faults::free_disk(NodeId node) {
  world_.machine(node).disk().limit_capacity(std::numeric_limits<std::uint64_t>::max());
}

// Whether all that is promised still holds if one more is lost now.
bool Faults::may_lose_disk() {
  if (lost_ && world_.is_whole(*lost_)) lost_.reset();
  return !lost_ && !damaged_;
}

std::uint64_t Faults::lives() const {
  std::uint64_t lives = 0;
  for (std::uint32_t i = 0; i < world_.size(); ++i) {
    lives += world_.machine(NodeId{i}).life();
  }
  return lives;
}

void Faults::keep_disk() {
  const NodeId node = any();
  kept_[node] = {.disk = world_.machine(node).copy_of_disk(), .lives = lives()};
}

void Faults::lose(NodeId node) {
  lost_ = node;
  kept_.erase(node);
  later(Tick{40'000}, node, &Faults::bring_up);
}

void Faults::lose_disk() {
  const NodeId node = any();
  if (!may_lose_disk()) return;
  world_.kill(node);
  world_.note(fmt::format("the disk of {} is lost", name_of(node)));
  world_.machine(node).lose_disk();
  lose(node);
}

void Faults::roll_back() {
  const NodeId node = any();
  const auto kept = kept_.find(node);
  if (kept == kept_.end() || !may_lose_disk()) return;
  if (kept->second.lives != lives()) return;
  for (std::uint32_t i = 0; i < world_.size(); ++i) {
    if (!world_.is_up(NodeId{i})) return;
  }
  world_.network().mend_all();
  world_.network().weather = {};
  for (std::uint32_t i = 0; i < world_.size(); ++i) world_.resume(NodeId{i});
  world_.kill(node);
  world_.note(fmt::format("the disk of {} is as it was once", name_of(node)));
  world_.machine(node).set_disk(std::move(kept->second.disk));
  lose(node);
  rolled_back_ = node;
  bring_up(node);
}

void Faults::flip_bit() {
  const NodeId node = any();
  if (!may_lose_disk()) return;
  SimulatedPlatter& disk = world_.machine(node).disk();
  std::vector<std::string> segments;
  for (std::uint32_t id = 1; id < 64; ++id) {
    const std::string name = segment_name(SegmentId{id});
    if (disk.content(name)) segments.push_back(name);
  }
  if (segments.empty()) return;
  const std::string& name = segments[chance_.below(segments.size())];
  const std::uint64_t bytes = disk.content(name)->size();
  const std::uint64_t offset = chance_.below(bytes);
  world_.note(fmt::format("a bit flips on the disk of {}, in {} at {}", name_of(node),
                          name, offset));
  disk.flip_bit(name, offset, static_cast<unsigned>(chance_.below(8)));
  damaged_ = node;
}

void Faults::heal() {
  is_on_ = false;
  world_.note("all faults are over");
  world_.network().mend_all();
  world_.network().weather = {};
  for (std::uint32_t i = 0; i < world_.size(); ++i) {
    const NodeId node{i};
    free_disk(node);
    world_.machine(node).disk().heal();
    if (damaged_ == node) {  // not all damage is found: the disk is replaced
      world_.kill(node);
      world_.machine(node).lose_disk();
    }
    world_.resume(node);
    bring_up(node);
  }
}

}  // namespace kv
