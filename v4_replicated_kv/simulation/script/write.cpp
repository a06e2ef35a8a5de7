#include "v4_replicated_kv/simulation/script/write.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "v4_replicated_kv/simulation/message_text.hpp"
#include "v4_replicated_kv/simulation/script/parse_request.hpp"

namespace kv {

namespace {

std::string span_text(Tick span) {
  const std::uint64_t micros = span.raw();
  return micros % 1'000 == 0 ? fmt::format("{}ms", micros / 1'000)
                             : fmt::format("{}us", micros);
}

std::string range_text(Tick least, Tick most) {
  return least == most ? span_text(least)
                       : fmt::format("{}..{}", span_text(least), span_text(most));
}

std::string text_of(const Consistency& consistency) {
  if (!consistency.level) return "";
  return fmt::format(" level={}",
                     kLevelNames.at(static_cast<std::size_t>(*consistency.level)));
}

struct ActionWriter {
  bool has_siblings;

  std::string operator()(const AskNode& ask) const {
    const Request& request = ask.request;
    const bool is_read = request.verb == Verb::get;
    std::string text = fmt::format("{} {} {}",
                                   is_read                     ? "get"
                                   : request.verb == Verb::put ? "put"
                                                               : "delete",
                                   name_of(ask.node), request.key);
    if (request.verb == Verb::put) {
      const std::size_t end = request.value.find_last_not_of('.') + 1;
      text += "=" + request.value.substr(0, end);
      if (end < request.value.size())
        text += fmt::format(" fill={}", request.value.size());
    }
    text += text_of(request.consistency);
    if (request.consistency.answers) {
      text += fmt::format(" {}={}", is_read ? "r" : "w", *request.consistency.answers);
    }
    if (request.id != RequestId{0}) text += fmt::format(" id={:x}", request.id.raw());
    if (request.ttl_ms > 0) text += fmt::format(" ttl={}ms", request.ttl_ms);
    if (ask.client != kNobodysName) text += " as=" + ask.client;
    if (has_siblings && !is_read && !ask.has_context) text += " ignores=context";
    return text;
  }
  std::string operator()(const Kill& kill) const { return "kill " + name_of(kill.node); }
  std::string operator()(const CutPower& cut) const {
    constexpr std::array<std::string_view, 3> kWhat{"random", "lost", "kept"};
    return fmt::format("crash {} unsynced={}", name_of(cut.node),
                       kWhat.at(static_cast<std::size_t>(cut.unsynced)));
  }
  std::string operator()(const Start& start) const {
    return "start " + name_of(start.node);
  }
  std::string operator()(const Pause& pause) const {
    return "pause " + name_of(pause.node);
  }
  std::string operator()(const Resume& resume) const {
    return "resume " + name_of(resume.node);
  }
  std::string operator()(const Suspect& suspect) const {
    return fmt::format("{} {} {}", suspect.is ? "suspect" : "trust",
                       name_of(suspect.node), name_of(suspect.of));
  }
  std::string operator()(const Cut& cut) const {
    std::string text = "one-way";
    for (const auto& [from, to] : cut.ways) {
      text += fmt::format(" {} {}", name_of(from), name_of(to));
    }
    return text;
  }
  std::string operator()(const Mend& /*mend*/) const { return "mend"; }
  std::string operator()(const Mishap& mishap) const {
    constexpr std::array<std::string_view, 3> kWhat{"drop", "delay", "duplicate"};
    std::string text = fmt::format(
        "{} {} {} {}", kWhat.at(static_cast<std::size_t>(mishap.what)),
        kMessageWords.at(mishap.kind), name_of(mishap.from), name_of(mishap.to));
    return mishap.what == Mishap::What::drop ? text
                                             : text + " " + span_text(mishap.after);
  }
  std::string operator()(const ChangeWeather& change) const {
    const Weather& weather = change.weather;
    return fmt::format("weather delay={} lost={} doubled={} late={} bounced={}",
                       range_text(weather.delay_min, weather.delay_max),
                       weather.lost_per_mille, weather.doubled_per_mille,
                       weather.late_per_mille, weather.bounced_per_mille);
  }
  std::string operator()(const SetClock& set) const {
    return fmt::format("clock {} {:+}ms", name_of(set.node), set.ahead_ms);
  }
  std::string operator()(const FailDisk& failing) const {
    return fmt::format("fail {} call={}", name_of(failing.node), failing.call);
  }
  std::string operator()(const FillDisk& fill) const {
    return fmt::format("fill {} room={}", name_of(fill.node), fill.room);
  }
  std::string operator()(const FreeDisk& free) const {
    return "free " + name_of(free.node);
  }
  std::string operator()(const KeepDisk& keep) const {
    return "keep " + name_of(keep.node);
  }
  std::string operator()(const RollBackDisk& back) const {
    return "restore " + name_of(back.node);
  }
  std::string operator()(const LoseDisk& lose) const {
    return "wipe " + name_of(lose.node);
  }
  std::string operator()(const FlipBit& flip) const {
    return fmt::format("flip {} {} offset={} bit={}", name_of(flip.node), flip.file,
                       flip.offset, flip.bit);
  }
};

struct StatementWriter {
  bool has_siblings;

  std::string operator()(const WorldAction& action) const {
    return std::visit(ActionWriter{has_siblings}, action);
  }
  std::string operator()(const TimePasses& run) const {
    return "run " + span_text(run.span);
  }
  std::string operator()(const Wait& /*wait*/) const { return "wait"; }
  std::string operator()(const HealAll& /*heal*/) const { return "heal"; }
  std::string operator()(const TearLog& tear) const {
    return "tear " + name_of(tear.node);
  }
  std::string operator()(const DamageValue& damage) const {
    return fmt::format("damage {} {}", name_of(damage.node), damage.value);
  }
  std::string operator()(const ExpectAnswer& expect) const {
    std::string text = "expect ";
    if (!expect.client.empty()) text += expect.client + " ";
    if (expect.values && expect.values->empty()) return text + "nothing";
    text += kAnswerWords.at(static_cast<std::size_t>(expect.answer));
    if (!expect.values) return text;
    for (const std::string& value : *expect.values) text += " " + value;
    return text;
  }
  std::string operator()(const ExpectHeld& expect) const {
    const std::string text = "expect " + name_of(expect.node);
    if (expect.values.empty()) return text + " lacks " + expect.key;
    std::string values;
    for (const std::string& value : expect.values) {
      values += fmt::format(" {}={}", expect.key, value);
    }
    return text + " holds" + values;
  }
  std::string operator()(const ExpectPromises& /*expect*/) const {
    return "expect promises";
  }
};

std::string cluster_text(const Script& script) {
  const WorldRules& world = script.world;
  const MachineRules& machine = world.machine;
  const CoordinatorRules& coordinator = machine.node.coordinator;
  std::string text = fmt::format(
      "cluster nodes={} n={} r={} w={} seed={} delay={} sync={} read={} bounced={} "
      "repair={} patience={} again={} hedge={} hello={} hot={} page={} segment={} "
      "partitions={}",
      world.nodes, world.quorum.n, world.quorum.r, world.quorum.w, script.seed,
      range_text(world.calm.delay_min, world.calm.delay_max),
      range_text(machine.sync_min, machine.sync_max),
      range_text(machine.read_min, machine.read_max), world.calm.bounced_per_mille,
      coordinator.repair_one_in, span_text(coordinator.patience),
      span_text(coordinator.again_every), span_text(coordinator.hedge_after),
      span_text(machine.node.hello_every), machine.hot_bytes,
      machine.node.replica.page_bytes, machine.segment_bytes, world.partitions);
  if (world.policy == Policy::siblings) text += " policy=siblings";
  if (world.mistake != Mistake::none)
    text += fmt::format(" mistake={}", name_of(world.mistake));
  return text;
}

}  // namespace

std::string script_text(const Script& script) {
  std::string text = cluster_text(script) + "\n";
  const StatementWriter writer{script.world.policy == Policy::siblings};
  for (const ScriptLine& line : script.lines) {
    if (line.at) text += fmt::format("at {} ", span_text(*line.at));
    text += std::visit(writer, line.statement) + "\n";
  }
  return text;
}

}  // namespace kv
