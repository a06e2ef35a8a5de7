// How a node's process takes part in the founding of another cluster.
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "v4_replicated_kv/serve/machine_chance.hpp"
#include "v4_replicated_kv/serve/node_disk.hpp"
#include "v4_replicated_kv/serve/node_process.hpp"

namespace kv {

namespace {

// Of a node that holds keys: then it need not be asked often.
constexpr int kTicksToLookAtStore = 10;

// A node that has just joined is whole as soon as its manifest is written.
constexpr std::chrono::milliseconds kWholeWithin{1000};

}  // namespace

// What was decided and cut off is done first.
Result<std::optional<HeldCluster>> NodeProcess::read_disk(Disk* disk) {
  if (disk == nullptr) return std::nullopt;
  const auto record = read_refound_record(*disk);
  if (!record) return std::unexpected(record.error());
  record_ = *record;
  if (record_.stage == RefoundStage::decided) {
    const auto chance = machine_chance();
    if (!chance) return std::unexpected(chance.error());
    Rng rng(*chance);
    if (auto done = refound_on_disk(*disk, record_, settings_.node.id, rng); !done) {
      return std::unexpected(done.error());
    }
    record_ = {.disk = record_.disk};
  }
  return held_on(disk);
}

Result<void> NodeProcess::meet_refounders() {
  const auto chance = machine_chance();
  if (!chance) return std::unexpected(chance.error());
  const auto ask = [this](const std::string& address, const RefoundQuestion& question,
                          Refounder::Told told) {
    const Card card{.addresses = own_addresses(settings_, 0), .boot = life_.boot};
    asking()(address, {.from = card, .visits = true, .refound = question},
             std::move(told));
  };
  const FormationSetup setup = setup_of(settings_, {}, life_.boot, 0);
  peers_.desk().close();
  refounder_ = std::make_unique<Refounder>(
      RefoundingSetup{.name = settings_.node.id, .plan = setup.plan, .chance = *chance},
      acquaintance_->held(), record_, ask);
  open_desk();
  return {};
}

void NodeProcess::look_at_store(int ticks) {
  if (!unfit_.empty() && ticks % kTicksToLookAtStore != 0) return;
  NodeStats stats;
  node_->loop().run_there([&] { stats = node_->loop().stats(); });
  store_watch_.look(stats, log_);
  unfit_.clear();
  if (settings_.storage.engine == StorageEngine::memory) {
    unfit_ = "it keeps nothing on a disk (storage.engine)";
  } else if (stats.keys + stats.tombstones != 0) {
    unfit_ = "it holds keys, or marks of erased ones";
  }
  refounder_->observe(unfit_, acquaintance_->members());
}

Result<void> NodeProcess::refound() {
  const RefoundingEffects todo = refounder_->due();
  if (todo.prepare) return prepare(*todo.prepare);
  if (todo.decide) return decide(*todo.decide);
  if (todo.go_back) return go_back(*todo.go_back);
  return {};
}

// From here on it serves nobody, and nothing comes to its disk any more.
void NodeProcess::leave() {
  watch_.reset();
  acquaintance_->set_alive({});
  node_->make_way();
  node_.reset();
}

Result<void> NodeProcess::stand_by() {
  const std::string waits_for = refounder_->waits_for();
  if (auto open = serve_nobody(waits_for); !open) return open;
  log_.info("serves nobody for now", {{"waits_for", waits_for}});
  return {};
}

Result<void> NodeProcess::prepare(const RefoundRecord& record) {
  log_.info("prepares for another cluster",
            {{"founder", record.plan->founder}, {"nodes", record.plan->members.size()}});
  // Before that its disk looks like one that was robbed. If that stays, it is said below.
  (void)node_->loop().wait_for(Stage::whole, kWholeWithin);
  leave();
  const auto chance = machine_chance();
  if (!chance) return std::unexpected(chance.error());
  Rng rng(*chance);
  auto disk = open_disk(settings_);
  if (!disk) return std::unexpected(disk.error());
  auto done = *disk == nullptr
                  ? fail(Errc::conflict, "it keeps nothing on a disk (storage.engine)")
                  : check_nothing_kept(**disk, *acquaintance_->held().ring, rng);
  if (done) done = write_refound_record(**disk, record);
  disk->reset();
  refounder_->prepared(done);
  return stand_by();
}

Result<void> NodeProcess::decide(const RefoundRecord& record) {
  const auto chance = machine_chance();
  if (!chance) return std::unexpected(chance.error());
  auto disk = open_disk(settings_);
  if (!disk) return std::unexpected(disk.error());
  if (auto done = write_refound_record(**disk, record); !done) return done;
  refounder_->decided();
  auto held = read_disk(disk->get());  // which does it
  if (!held) return std::unexpected(held.error());
  disk->reset();
  peers_.desk().close();
  watch_.reset();  // it tells the one that goes
  const auto own = own_addresses(settings_, grpc_ == nullptr ? 0 : grpc_->port());
  acquaintance_ = std::make_unique<Acquaintance>(
      setup_of(settings_, own, life_.boot, *chance), *std::move(held), nullptr, asking(),
      log_, sure_after(settings_.failure));
  const auto formed = acquaintance_->form(
      signals_, [this](const std::string& what) { return serve_nobody(what); });
  if (!formed) return std::unexpected(formed.error());
  log_.info("is in another cluster",
            {{"cluster", acquaintance_->held().identity.cluster.raw()},
             {"nodes", acquaintance_->held().ring->members.size()}});
  refounder_->went_on(acquaintance_->held());
  open_desk();
  leave();
  return start_node();
}

Result<void> NodeProcess::go_back(const RefoundRecord& record) {
  auto disk = open_disk(settings_);
  if (!disk) return std::unexpected(disk.error());
  if (*disk != nullptr) {
    if (auto done = write_refound_record(**disk, record); !done) return done;
  }
  disk->reset();
  log_.info("goes on in its cluster: the other one is not founded");
  refounder_->went_back();
  leave();
  return start_node();
}

}  // namespace kv
