#include "v4_replicated_kv/simulation/action.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/simulation/world.hpp"

namespace kv {

namespace {

constexpr std::uint64_t kEndless = std::numeric_limits<std::uint64_t>::max();

std::string text_of(const Cut& cut) {
  std::string text;
  for (const auto& [from, to] : cut.ways) {
    const bool both = std::ranges::find(cut.ways, std::pair(to, from)) != cut.ways.end();
    if (both && to < from) continue;  // said already, or soon
    text += fmt::format("{}{} {} {}", text.empty() ? "cut: " : ", ", name_of(from),
                        both ? "-x-" : "-x", name_of(to));
  }
  return text;
}

struct Performer {
  World& world;

  Result<void> operator()(const AskNode& ask) const {
    if (world.ask(ask.node, ask.request, ask.client)) return {};
    const std::string detail = name_of(ask.node) + " is down";
    world.note(fmt::format("{} -x {}: it is down", ask.client, name_of(ask.node)));
    return fail(Errc::conflict, detail);
  }
  Result<void> operator()(const Kill& kill) const {
    world.kill(kill.node);
    return {};
  }
  Result<void> operator()(const CutPower& cut) const {
    world.cut_power(cut.node, cut.unsynced);
    return {};
  }
  Result<void> operator()(const Start& start) const {
    if (world.is_up(start.node)) return {};
    world.machine(start.node).disk().heal();
    world.start(start.node);
    return {};
  }
  Result<void> operator()(const Pause& pause) const {
    world.pause(pause.node);
    return {};
  }
  Result<void> operator()(const Resume& resume) const {
    world.resume(resume.node);
    return {};
  }
  Result<void> operator()(const Suspect& suspect) const {
    world.suspect(suspect.node, {.node = suspect.of, .is = suspect.is});
    return {};
  }
  Result<void> operator()(const Cut& cut) const {
    world.note(text_of(cut));
    for (const auto& [from, to] : cut.ways) {
      if (from != to) world.network().cut(from, to);
    }
    return {};
  }
  Result<void> operator()(const Mend& /*mend*/) const {
    world.note("the network is whole");
    world.network().mend_all();
    return {};
  }
  Result<void> operator()(const Mishap& mishap) const {
    world.network().plan(mishap);
    return {};
  }
  Result<void> operator()(const ChangeWeather& change) const {
    const Weather& weather = change.weather;
    world.note(fmt::format("of 1000 messages {} are lost, {} come twice, {} late again",
                           weather.lost_per_mille, weather.doubled_per_mille,
                           weather.late_per_mille));
    world.network().weather = weather;
    return {};
  }
  Result<void> operator()(const SetClock& set) const {
    world.note(
        fmt::format("the clock of {} is {} ms ahead", name_of(set.node), set.ahead_ms));
    world.machine(set.node).set_clock(set.ahead_ms);
    return {};
  }
  Result<void> operator()(const FailDisk& failing) const {
    world.note(fmt::format("the disk of {} is about to fail", name_of(failing.node)));
    world.machine(failing.node).disk().inject({.call = failing.call, .code = Errc::io});
    return {};
  }
  Result<void> operator()(const FillDisk& fill) const {
    world.note(fmt::format("the disk of {} has room for {} bytes", name_of(fill.node),
                           fill.room));
    SimulatedPlatter& disk = world.machine(fill.node).disk();
    disk.limit_capacity(disk.bytes_used() + fill.room);
    return {};
  }
  Result<void> operator()(const FreeDisk& free) const {
    world.note(fmt::format("the disk of {} has room again", name_of(free.node)));
    world.machine(free.node).disk().limit_capacity(kEndless);
    return {};
  }
  Result<void> operator()(const KeepDisk& keep) const {
    world.note(fmt::format("the disk of {} is copied", name_of(keep.node)));
    world.machine(keep.node).keep_disk();
    return {};
  }
  Result<void> operator()(const RollBackDisk& back) const {
    Machine& machine = world.machine(back.node);
    if (!machine.has_kept_disk()) {
      return fail(Errc::conflict,
                  fmt::format("no copy of {}'s disk was kept", name_of(back.node)));
    }
    world.kill(back.node);
    world.note(fmt::format("the disk of {} is as it was once", name_of(back.node)));
    machine.roll_back_disk();
    return {};
  }
  Result<void> operator()(const LoseDisk& lose) const {
    world.kill(lose.node);
    world.note(fmt::format("the disk of {} is lost", name_of(lose.node)));
    world.machine(lose.node).lose_disk();
    return {};
  }
  Result<void> operator()(const FlipBit& flip) const {
    SimulatedPlatter& disk = world.machine(flip.node).disk();
    const auto content = disk.content(flip.file);
    if (!content || flip.offset >= content->size()) {
      return fail(Errc::conflict,
                  fmt::format("the disk of {} has no byte {} of {}", name_of(flip.node),
                              flip.offset, flip.file));
    }
    world.note(fmt::format("a bit flips on the disk of {}, in {} at {}",
                           name_of(flip.node), flip.file, flip.offset));
    disk.flip_bit(flip.file, flip.offset, flip.bit);
    return {};
  }
};

}  // namespace

Result<void> perform(World& world, const WorldAction& action) {
  if (world.on_action) world.on_action(action);
  return std::visit(Performer{world}, action);
}

void heal(World& world) {
  world.note("all faults are over");
  world.network().mend_all();
  world.network().calm();
  for (std::uint32_t i = 0; i < world.size(); ++i) {
    const NodeId node{i};
    world.machine(node).disk().limit_capacity(kEndless);
    world.machine(node).disk().heal();
    world.resume(node);
    if (!world.is_up(node)) world.start(node);
  }
}

}  // namespace kv
