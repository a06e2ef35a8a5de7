#include "v4_replicated_kv/simulation/faults.hpp"

#include <string>

#include "common/base/check.hpp"
#include "v4_replicated_kv/storage/segment.hpp"

namespace kv {

Faults::Faults(World& world, const FaultRules& rules, std::uint64_t seed)
    : world_(world), rules_(rules), chance_(seed), suspicions_(~seed) {}

// Chance does nothing that cannot be done.
void Faults::act(const WorldAction& action) {
  const auto done = perform(world_, action);
  KV_CHECK(done.has_value(), "a fault can be brought about");
}

void Faults::start() {
  if (!rules_.on) return;
  is_on_ = true;
  next();
  if (rules_.suspects) next_suspicion();
}

void Faults::next_suspicion() {
  if (!is_on_) return;
  const Tick gap{1 + suspicions_.below(rules_.suspect_gap_max.raw())};
  world_.at(world_.now() + gap, [this] {
    if (!is_on_) return;
    suspect_one();
    next_suspicion();
  });
}

void Faults::suspect_one() {
  const auto node = static_cast<std::uint32_t>(suspicions_.below(world_.size()));
  const auto of = static_cast<std::uint32_t>(suspicions_.below(world_.size()));
  const bool is = suspicions_.below(2) == 0;
  if (node != of) act(Suspect{.node = NodeId{node}, .of = NodeId{of}, .is = is});
}

void Faults::next() {
  if (!is_on_) return;
  const Tick at = world_.now() + Tick{1 + chance_.below(rules_.gap_max.raw())};
  world_.at(at, [this] {
    if (!is_on_) return;
    if (rolled_back_ && world_.is_whole(*rolled_back_)) rolled_back_.reset();
    if (!rolled_back_ && !goes_back_) happen();
    next();
  });
}

void Faults::happen() {
  ++count_;
  switch (chance_.below(rules_.may_lose_disks ? 21 : 15)) {
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
    case 18:
      return roll_back();
    case 19:
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

// One whose disk may have gone back, by damage at the log's end, has to be told by others how
// far it was. What it said last may be all that they can know it by.
void Faults::bring_up(NodeId node) {
  if (world_.is_up(node) || goes_back_ == node) return;
  if (damaged_ == node && world_.has_under_way(node)) {
    return later(Tick{1'000}, node, &Faults::bring_up);
  }
  act(Start{node});
}

void Faults::go_on(NodeId node) {
  act(Resume{node});
}

void Faults::kill_one() {
  const auto node = any_up();
  if (!node) return;
  act(Kill{*node});
  later(Tick{60'000}, *node, &Faults::bring_up);
}

void Faults::cut_power_of_one() {
  const auto node = any_up();
  if (!node) return;
  act(CutPower{.node = *node});
  later(Tick{60'000}, *node, &Faults::bring_up);
}

void Faults::cut_power_of_all() {
  if (damaged_) return;
  for (std::size_t i = 0; i < world_.size(); ++i) {
    const NodeId node{static_cast<std::uint32_t>(i)};
    if (world_.is_up(node)) act(CutPower{.node = node});
    later(Tick{20'000}, node, &Faults::bring_up);
  }
}

void Faults::pause_one() {
  const auto node = any_up();
  if (!node || world_.is_paused(*node)) return;
  act(Pause{*node});
  later(Tick{100'000}, *node, &Faults::go_on);
}

void Faults::partition() {
  if (chance_.below(3) == 0) return act(Mend{});
  // Two sides, or a wall in one direction, or one link.
  const std::uint64_t kind = chance_.below(3);
  const std::uint64_t side = chance_.below(std::uint64_t{1} << world_.size());
  const NodeId one = any();
  const NodeId other = any();
  Cut cut;
  const auto is_there = [&](std::size_t node) { return ((side >> node) & 1U) != 0; };
  for (std::uint32_t from = 0; from < world_.size(); ++from) {
    for (std::uint32_t to = 0; to < world_.size(); ++to) {
      const bool is_link = (NodeId{from} == one && NodeId{to} == other) ||
                           (NodeId{to} == one && NodeId{from} == other);
      const bool cuts =
          kind == 2 ? is_link
                    : is_there(from) != is_there(to) && (kind == 0 || is_there(from));
      if (cuts && from != to) cut.ways.emplace_back(NodeId{from}, NodeId{to});
    }
  }
  if (!cut.ways.empty()) act(cut);
  world_.at(world_.now() + Tick{1 + chance_.below(80'000)}, [this] {
    if (is_on_) act(Mend{});
  });
}

void Faults::change_weather() {
  Weather weather;
  weather.bounced_per_mille = chance_.below(1001);
  if (chance_.below(3) == 0) return act(ChangeWeather{weather});
  if (chance_.below(2) == 0) weather.lost_per_mille = chance_.below(300);
  if (chance_.below(2) == 0) weather.doubled_per_mille = chance_.below(300);
  if (chance_.below(2) == 0) weather.late_per_mille = chance_.below(100);
  if (chance_.below(2) == 0) weather.delay_max = Tick{1'000 + chance_.below(30'000)};
  act(ChangeWeather{weather});
}

void Faults::step_clock() {
  constexpr std::int64_t kHourMs = 3'600'000;
  const NodeId node = any();
  const std::int64_t ahead =
      static_cast<std::int64_t>(chance_.below(2 * kHourMs)) - kHourMs;
  act(SetClock{.node = node, .ahead_ms = ahead});
}

void Faults::fail_disk() {
  const auto node = any_up();
  if (!node) return;
  act(FailDisk{.node = *node, .call = 1 + chance_.below(30)});
  later(Tick{60'000}, *node, &Faults::bring_up);
}

void Faults::fill_disk() {
  const NodeId node = any();
  act(FillDisk{.node = node, .room = chance_.below(20'000)});
  later(Tick{60'000}, node, &Faults::free_disk);
}

void Faults::free_disk(NodeId node) {
  act(FreeDisk{node});
}

// Whether all that is promised still holds if one more is lost now.
bool Faults::may_lose_disk() {
  if (lost_ && world_.is_whole(*lost_)) lost_.reset();
  return !lost_ && !damaged_;
}

bool Faults::are_all_up() const {
  for (std::uint32_t i = 0; i < world_.size(); ++i) {
    if (!world_.is_up(NodeId{i})) return false;
  }
  return true;
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
  act(KeepDisk{node});
  kept_[node] = lives();
}

void Faults::lose(NodeId node) {
  lost_ = node;
  kept_.erase(node);
  later(Tick{40'000}, node, &Faults::bring_up);
}

void Faults::lose_disk() {
  const NodeId node = any();
  if (!may_lose_disk()) return;
  act(LoseDisk{node});
  lose(node);
}

void Faults::roll_back() {
  const NodeId node = any();
  const auto kept = kept_.find(node);
  if (kept == kept_.end() || !may_lose_disk()) return;
  if (kept->second != lives() || !are_all_up()) return;
  act(Mend{});
  act(ChangeWeather{});
  for (std::uint32_t i = 0; i < world_.size(); ++i) {
    if (world_.is_paused(NodeId{i})) act(Resume{NodeId{i}});
  }
  act(Kill{node});
  goes_back_ = node;
  go_back(node);
}

// Not before others have heard all that this life said, or never will.
void Faults::go_back(NodeId node) {
  if (world_.has_under_way(node)) return later(Tick{1'000}, node, &Faults::go_back);
  goes_back_.reset();
  act(RollBackDisk{node});
  lose(node);
  rolled_back_ = node;
  bring_up(node);
}

// While all are up: who was started since has forgotten how far that disk was.
void Faults::flip_bit() {
  const NodeId node = any();
  if (!may_lose_disk() || !are_all_up()) return;
  const SimulatedPlatter& disk = world_.machine(node).disk();
  std::vector<std::string> segments;
  for (std::uint32_t id = 1; id < 64; ++id) {
    const std::string name = segment_name(SegmentId{id});
    if (disk.content(name)) segments.push_back(name);
  }
  if (segments.empty()) return;
  const std::string& name = segments[chance_.below(segments.size())];
  const std::uint64_t bytes = disk.content(name)->size();
  const std::uint64_t offset = chance_.below(bytes);
  act(FlipBit{.node = node,
              .file = name,
              .offset = offset,
              .bit = static_cast<unsigned>(chance_.below(8))});
  damaged_ = node;
}

void Faults::heal() {
  is_on_ = false;
  if (damaged_) act(LoseDisk{*damaged_});  // not all damage is found: it is replaced
  kv::heal(world_);
}

}  // namespace kv
