#include "v4_replicated_kv/simulation/script/player.hpp"

#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/simulation/script/audience.hpp"
#include "v4_replicated_kv/simulation/script/damage.hpp"

namespace kv {

namespace {

// What the nodes need to reserve their first numbers before anybody asks.
constexpr Tick kBoot{5'000};

// Between an answer and the next question, where nobody says when that comes.
constexpr Tick kThought{1'000};

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return text.empty() ? "nothing" : text;
}

class Player {
 public:
  Player(const Script& script, bool keeps_lines)
      : script_(script),
        world_(rules_of(script, keeps_lines), script.seed),
        audience_(world_, script.world, script.seed, kBoot) {
    world_.start_all();
    world_.run_until(kBoot);
    report_.origin = kBoot;
  }

  PlayReport play() {
    for (const ScriptLine& line : script_.lines) {
      line_ = line.number;
      is_timed_ = line.at.has_value();
      if (line.at) world_.run_until(report_.origin + *line.at);
      std::visit([this](const auto& what) { perform(what); }, line.statement);
      const bool is_judged = std::holds_alternative<ExpectPromises>(line.statement);
      if (!is_judged && world_.now() > report_.origin + kScriptTimeMax) {
        unmet("a script of ten minutes at most", "a longer one");
      }
      world_.run_until(world_.now());
      if (world_.has_stopped()) {  // whatever else is not as expected comes of that
        unmet(fmt::format("a script of {} events and messages at most", kScriptStepsMax),
              "a longer one");
      }
      if (report_.unmet) break;
    }
    for (const TraceLine& line : world_.trace().lines()) {
      if (line.at >= report_.origin) report_.lines.push_back(line);
    }
    return std::move(report_);
  }

 private:
  static WorldRules rules_of(const Script& script, bool keeps_lines) {
    WorldRules rules = script.world;
    rules.keeps_lines = keeps_lines;
    rules.steps_max = kScriptStepsMax;
    return rules;
  }

  void unmet(std::string expected, std::string came) {
    report_.unmet = {
        .line = line_, .expected = std::move(expected), .came = std::move(came)};
  }

  void perform(const WorldAction& action) {
    if (const auto* const ask = std::get_if<AskNode>(&action)) {
      return audience_.ask(*ask, is_timed_ ? Tick{1} : kThought);
    }
    const auto done = kv::perform(world_, action);
    if (!done) unmet("something that can be done", done.error().detail);
  }
  void perform(const TimePasses& run) { world_.run_until(world_.now() + run.span); }
  void perform(const Wait& /*wait*/) { audience_.wait_for_all(); }
  void perform(const HealAll& /*heal*/) { heal(world_); }
  void perform(const TearLog& tear) {
    const auto at = end_of_log(world_.machine(tear.node).disk());
    if (!at) return unmet("a log with something in it", "none");
    perform(
        WorldAction{FlipBit{.node = tear.node, .file = at->file, .offset = at->offset}});
  }
  void perform(const DamageValue& damage) {
    const auto at = newest_of(world_.machine(damage.node).disk(), damage.value);
    if (!at) return unmet(damage.value + " on the disk", "no such value");
    constexpr unsigned kReadableBit = 1;  // apples become cpples
    perform(WorldAction{FlipBit{.node = damage.node,
                                .file = at->file,
                                .offset = at->offset,
                                .bit = kReadableBit}});
  }

  void perform(const ExpectAnswer& expect) {
    const Told* const told = audience_.wait_for(expect.client);
    if (told == nullptr) return unmet("an answer", "nobody who asked for one");
    const std::string expected = text_of(expect);
    std::string came = text_of(*told, expect.values.has_value());
    if (expected != came) {
      const bool is_read = told->asked.request.verb == Verb::get;
      return unmet(expected, is_read ? text_of(*told, true) : std::move(came));
    }
    ++report_.expectations;
  }

  void perform(const ExpectHeld& expect) {
    const std::string who =
        fmt::format("{} to hold {}: ", name_of(expect.node), expect.key);
    Machine& machine = world_.machine(expect.node);
    if (!machine.is_up())
      return unmet(who + joined(expect.values), "a node that is down");
    const auto held = machine.held(expect.key);
    if (!held) return unmet(who + joined(expect.values), held.error().detail);
    std::string came = joined(values_in(*held, machine.wall(world_.now())));
    if (joined(sorted(expect.values)) != came) {
      return unmet(who + joined(expect.values), std::move(came));
    }
    ++report_.expectations;
  }

  void perform(const ExpectPromises& /*expect*/) {
    auto broken = audience_.judge();
    if (!broken) {
      ++report_.expectations;
      return;
    }
    unmet("every promise to be kept",
          fmt::format("{} is broken: {}", broken->promise, broken->sentence));
    report_.unmet->broken = std::move(broken);
  }

  const Script& script_;
  World world_;
  Audience audience_;
  PlayReport report_;
  std::size_t line_ = 0;
  bool is_timed_ = false;
};

}  // namespace

PlayReport play(const Script& script, bool keeps_lines) {
  return Player(script, keeps_lines).play();
}

}  // namespace kv
