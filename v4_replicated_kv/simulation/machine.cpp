#include "v4_replicated_kv/simulation/machine.hpp"

#include <algorithm>
#include <utility>

#include "v4_replicated_kv/simulation/simulated_disk.hpp"

namespace kv {

namespace {

// A Wednesday. Nothing depends on it but expiry.
constexpr std::uint64_t kWallBegin = 1'700'000'000'000;

}  // namespace

Machine::Machine(NodeId self, std::shared_ptr<const RingState> ring,
                 const MachineRules& rules, const Tamper& tamper, WorldAgenda& agenda,
                 std::uint64_t seed)
    : self_(self),
      ring_(std::move(ring)),
      rules_(rules),
      tamper_(tamper),
      agenda_(agenda),
      chance_(seed),
      pace_(chance_.next()),
      ahead_(Tick{chance_.below(1'000'000)}),
      platter_(std::make_shared<SimulatedPlatter>(chance_.next())) {}

WallMs Machine::wall(Tick now) const {
  const std::uint64_t right = kWallBegin + now.raw() / 1000;
  return WallMs{right + static_cast<std::uint64_t>(ahead_ms_)};
}

Moment Machine::moment(Tick now) const {
  return {.now = now + ahead_, .wall = wall(now)};
}

// By the moment, like the network's delays.
Tick Machine::between(Tick least, Tick most, Tick now) const {
  Rng chance(pace_ + now.raw() * 0xD1342543DE82EF95);
  return Tick{least.raw() + chance.below(most.raw() - least.raw() + 1)};
}

Boot Machine::boot_of(const Recovered& recovered) {
  Boot boot{.self = self_,
            .ring = ring_,
            .actor = recovered.manifest.actor,
            .reserved = recovered.manifest.dots_reserved,
            .durable = recovered.next_seq - 1,
            .seed = chance_.next(),
            .is_founding = life_ == 1,
            .is_damaged = !recovered.manifest.is_whole,
            .keys_unknown = recovered.keys_unknown};
  tamper_.start(boot, recovered.index, recovered.is_new ? lost_actor_ : std::nullopt);
  return boot;
}

Result<void> Machine::start(Tick now) {
  kill();
  ++life_;
  auto disk = open_simulated_disk(platter_);
  if (!disk) return std::unexpected(disk.error());
  const auto partitions = static_cast<std::uint32_t>(ring_->table.partitions());
  auto recovered = recover(**disk,
                           {.partitions = partitions,
                            .hash_seed = rules_.node.replica.hash.seed(),
                            .is_whole = life_ == 1},
                           rules_.hot_bytes, chance_);
  if (!recovered) return std::unexpected(recovered.error());
  const Boot boot = boot_of(*recovered);
  const bool keys_unknown = recovered->keys_unknown;
  disk_ = *std::move(disk);
  engine_ = std::make_unique<LogEngine>(
      EngineLimits{.segment_bytes = rules_.segment_bytes, .keep_tombstones = true},
      *std::move(recovered));
  if (keys_unknown) engine_->mute();
  writer_ = std::make_unique<LogWriter>(*disk_);
  node_ = std::make_unique<StoreNode>(*engine_, boot, rules_.node);
  node_->start(moment(now), effects_);
  if (rules_.chores_every > Tick{}) plan(now + rules_.chores_every, Chores{});
  settle(now);
  return {};
}

void Machine::kill() {
  node_.reset();
  writer_.reset();
  engine_.reset();
  effects_.clear();
  to_itself_.clear();
  disk_.reset();
  platter_->kill_process();
  syncs_ = false;
  reserving_.reset();
  wake_.reset();
  failure_.reset();
}

void Machine::cut_power(Unsynced unsynced) {
  kill();
  platter_->cut_power(unsynced);
}

void Machine::lose_disk() {
  const auto manifest = [&]() -> Result<Manifest> {
    const auto disk = open_simulated_disk(platter_);
    if (!disk) return std::unexpected(disk.error());
    return read_manifest(**disk);
  }();
  if (manifest) lost_actor_ = manifest->actor;
  platter_ = std::make_shared<SimulatedPlatter>(chance_.next());
  kept_.reset();
}

void Machine::keep_disk() {
  kept_ = platter_->copy(chance_.next());
}

void Machine::roll_back_disk() {
  platter_ = std::move(kept_);
}

void Machine::step(Tick now, Input input) {
  node_->step(moment(now), std::move(input), effects_);
  settle(now);
}

void Machine::handle(Tick now, OwnEvent event) {
  if (!is_up() || event.life != life_) return;
  std::visit([&](const auto& what) { on(now, what); }, event.what);
}

void Machine::settle(Tick now) {
  use_effects(now);
  // NOLINTNEXTLINE(modernize-loop-convert): what is done here makes it longer
  for (std::size_t i = 0; i < to_itself_.size(); ++i) {
    node_->step(moment(now), std::move(to_itself_[i]), effects_);
    use_effects(now);
  }
  to_itself_.clear();
  write_log(now);
  if (failure_) {
    node_->step(moment(now), LogFailed{*std::exchange(failure_, {})}, effects_);
    use_effects(now);
  }
  plan_wake(now);
}

void Machine::use_effects(Tick now) {
  for (const Reservation& wanted : effects_.reserve) reserving_ = wanted;
  if (reserving_) reserve(now);
  for (ColdRead& read : effects_.read) {
    plan(now + between(rules_.read_min, rules_.read_max, now), ReadDone{std::move(read)});
  }
  for (const PartitionId partition : effects_.whole) engine_->unmute(partition);
  for (Message& message : effects_.send) {
    tamper_.send(message, wall(now));
    if (message.to == self_ && on_own_message) on_own_message(message);
    (message.to == self_ ? to_itself_ : sent_).push_back(std::move(message));
  }
  for (Reply& reply : effects_.reply) {
    tamper_.reply(reply);
    replies_.push_back(std::move(reply));
  }
  effects_.clear();
}

void Machine::plan_wake(Tick now) {
  const auto wanted = node_->wake();
  if (!wanted) return;
  const Tick at = std::max(*wanted, moment(now).now);
  if (wake_ && *wake_ <= at) return;
  wake_ = at;
  plan(Tick{at.raw() - ahead_.raw()}, Wake{.at = at});
}

void Machine::on(Tick now, const Wake& wake) {
  if (wake_ != wake.at) return;  // it wanted an earlier one since
  wake_.reset();
  step(now, TimePassed{});
}

}  // namespace kv
