#include "v4_replicated_kv/simulation/random_run.hpp"

#include <utility>

#include "v4_replicated_kv/simulation/aftermath.hpp"
#include "v4_replicated_kv/simulation/clients.hpp"
#include "v4_replicated_kv/simulation/faults.hpp"
#include "v4_replicated_kv/simulation/world.hpp"

namespace kv {

namespace {

// What kind of run a seed is.
struct Draw {
  WorldRules world;
  WorkRules work;
  FaultRules faults;
};

Draw draw(const RunRules& rules, Rng& chance) {
  Draw drawn;
  WorldRules& world = drawn.world;
  world.nodes = chance.below(2) == 0 ? 3 : 5;
  world.policy = chance.below(3) == 0 ? Policy::siblings : Policy::last_write_wins;
  const std::uint64_t quorums = chance.below(10);
  if (quorums == 0) world.quorum = {.n = 3, .r = 1, .w = 3};
  if (quorums == 1) world.quorum = {.n = 3, .r = 3, .w = 1};
  world.machine.segment_bytes = chance.below(2) == 0 ? 4096 : 16'384;
  world.machine.hot_bytes = chance.below(2) == 0 ? 400 : 20'000;
  world.machine.node.replica.page_bytes = 600;
  world.machine.node.coordinator.patience = Tick{60'000};
  world.machine.node.coordinator.again_every = Tick{10'000};
  // In the other half reads ask no more than they must: some mistakes show only then.
  Rng temper(~rules.seed);
  drawn.faults.suspects = temper.below(2) == 0;
  const Tick hedge_after{drawn.faults.suspects ? 4'000U : 10'000U};
  world.machine.node.coordinator.hedge_after = hedge_after;
  world.machine.node.hello_every = Tick{10'000};
  world.mistake = rules.mistake;
  world.keeps_lines = rules.keeps_lines;

  WorkRules& work = drawn.work;
  const std::uint64_t strength = chance.below(8);
  work.policy = world.policy;
  work.quorum = world.quorum;
  work.strength = strength < 3   ? Strength::linearizable
                  : strength < 7 ? Strength::strict
                                 : Strength::weak;
  if (work.policy == Policy::siblings && work.strength == Strength::linearizable) {
    work.strength = Strength::strict;
  }
  work.clients = 2 + chance.below(5);
  work.keys = 1 + chance.below(4);
  work.ids_per_mille = 500 * chance.below(3);
  work.writes_per_mille = 300 + chance.below(500);
  if (work.strength == Strength::linearizable) {
    // What goes wrong here is seen by readers, while a write is under way and no other
    // is.
    work.clients += 3;
    work.keys = 1;
    work.writes_per_mille = 150;
    work.think_max = Tick{1'500};
  }
  work.value_bytes_max = chance.below(2) == 0 ? 20 : 1'000;

  // A write that waited for one copy does not survive the loss of that copy's disk.
  drawn.faults.on = chance.below(10) != 0;
  drawn.faults.may_lose_disks = world.quorum.w > 1 && work.strength != Strength::weak;
  return drawn;
}

class Run {
 public:
  explicit Run(const RunRules& rules)
      : rules_(rules),
        chance_(rules.seed),
        drawn_(draw(rules, chance_)),
        world_seed_(chance_.next()),
        world_(drawn_.world, world_seed_),
        clients_(world_, drawn_.work, chance_.next()),
        faults_(world_, drawn_.faults, chance_.next()),
        aftermath_(world_, clients_.ledger(), drawn_.world.policy, chance_) {}

  RunReport run() {
    report_.seed = rules_.seed;
    if (rules_.keeps_actions) record();
    world_.start_all();
    world_.run_until(Tick{5'000});
    safety();
    report_.broken = phases_after();
    report_.trace_hash = world_.trace().hash();
    report_.faults = faults_.count();
    report_.messages = world_.messages();
    const auto lines = world_.trace().lines();
    report_.lines.assign(lines.begin(), lines.end());
    return std::move(report_);
  }

 private:
  std::optional<Broken> phases_after() {
    if (auto broken = heal()) return broken;
    if (auto broken = liveness()) return broken;
    if (auto broken = aftermath_.converge()) return broken;
    return aftermath_.checks();
  }

  void record() {
    report_.world = drawn_.world;
    report_.world_seed = world_seed_;
    world_.on_action = [this](const WorldAction& action) {
      report_.actions.push_back({.at = world_.now(), .action = action});
    };
  }

  void count() {
    const Clients::Count& count = clients_.count();
    report_.ok += count.ok;
    report_.refused += count.refused;
    report_.unknown += count.unknown;
    report_.operations += count.ok + count.refused + count.unknown;
  }

  void work_until(Tick end) {
    while (!clients_.is_done() && world_.now() < end) {
      if (!world_.step()) return;
    }
  }

  void safety() {
    faults_.start();
    clients_.start(rules_.operations);
    work_until(world_.now() + rules_.safety_max);
  }

  std::optional<Broken> heal() {
    faults_.heal();
    if (rules_.keeps_actions)
      report_.actions.push_back({.at = world_.now(), .action = {}});
    const Tick end = world_.now() + Tick{2'000'000};
    work_until(end);
    if (!clients_.is_done())
      return Broken{.promise = "live",
                    .sentence = "clients were never answered",
                    .wrong = Wrong::not_answered};
    count();
    if (auto broken = aftermath_.whole(end)) return broken;
    world_.run_until(world_.now() + Tick{5'000});
    return {};
  }

  std::optional<Broken> liveness() {
    // Owners that lack a sibling's history refuse what was put with it in sight.
    (void)aftermath_.converge();
    clients_.forget();
    clients_.start(10);
    work_until(world_.now() + Tick{1'000'000});
    const Clients::Count before = clients_.count();
    count();
    if (clients_.is_done() && before.ok == 10) return {};
    return Broken{.promise = "live",
                  .sentence = "with all nodes up and whole, a request did not succeed: " +
                              before.last_trouble,
                  .wrong = Wrong::not_successful};
  }

  RunRules rules_;
  Rng chance_;
  Draw drawn_;
  std::uint64_t world_seed_;
  World world_;
  Clients clients_;
  Faults faults_;
  Aftermath aftermath_;
  RunReport report_;
};

}  // namespace

RunReport random_run(const RunRules& rules) {
  return Run(rules).run();
}

}  // namespace kv
