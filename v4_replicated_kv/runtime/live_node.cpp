#include "v4_replicated_kv/runtime/live_node.hpp"

#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

#include "common/base/check.hpp"
#include "v4_replicated_kv/runtime/largest_change.hpp"
#include "v4_replicated_kv/runtime/live_node_disk.hpp"
#include "v4_replicated_kv/storage/memory_engine.hpp"

namespace kv {

namespace {

constexpr std::chrono::milliseconds kKeeperTick{200};

// Nullptr where it is about no key, or many.
const std::string* key_of(const Message& message) {
  return std::visit(
      [](const auto& body) -> const std::string* {
        if constexpr (requires { body.key; }) return &body.key;
        return nullptr;
      },
      message.body);
}

}  // namespace

LiveNode::LiveNode(NodeSetup setup, std::unique_ptr<Disk> disk, Recovered recovered,
                   Post post)
    : setup_(std::move(setup)), post_(std::move(post)) {
  const std::vector<Damage> damage = recovered.damage;
  disk_ = std::make_unique<OnDisk>(std::move(disk), std::move(recovered), setup_, post_);
  for (const Damage& one : damage) disk_->housekeeping.saw_damage(describe(one));
  node_ = std::make_unique<StoreNode>(disk_->engine, setup_.boot, setup_.rules);
  // Before anybody waits for an answer. If the disk is full, reads are answered.
  disregard(disk_->housekeeping.make_reserve_if_wanted());
  disregard(disk_->housekeeping.make_spare_if_wanted());
  disk_->keeper = std::jthread([this](const std::stop_token& stop) { keep_house(stop); });
}

LiveNode::LiveNode(NodeSetup setup, Post post)
    : setup_(std::move(setup)), post_(std::move(post)) {
  constexpr bool kKeepTombstones = true;
  memory_ = std::make_unique<MemoryEngine>(
      static_cast<std::uint32_t>(setup_.boot.ring->table.partitions()),
      setup_.limits.index_bytes_max, setup_.memory_value_bytes, kKeepTombstones);
  setup_.boot.durable = kSeqMax;
  node_ = std::make_unique<StoreNode>(*memory_, setup_.boot, setup_.rules);
}

LiveNode::~LiveNode() = default;

void LiveNode::start(const Moment& at, Effects& out) {
  node_->start(at, out);
  do_what_waits_for_the_disk(out);
}

// What the node says to itself is about keys that it has just looked for.
void LiveNode::expect(std::span<const NodeInput> inputs) {
  if (inputs.size() < 2) return;
  expected_.clear();
  for (const NodeInput& input : inputs) {
    if (const auto* const request = std::get_if<Request>(&input)) {
      expected_.push_back(hash(request->key));
    } else if (const auto* const message = std::get_if<Message>(&input)) {
      const bool is_own = message->from == setup_.boot.self;
      const std::string* const key = is_own ? nullptr : key_of(*message);
      if (key != nullptr) expected_.push_back(hash(*key));
    }
  }
  if (expected_.empty()) return;
  if (disk_ == nullptr) return memory_->index().expect(expected_);
  const std::scoped_lock lock(disk_->mutex);
  disk_->engine.index().expect(expected_);
}

void LiveNode::handle(const Moment& at, NodeInput&& input, Effects& out) {
  make_room_for(input);
  std::visit(
      [&](auto&& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, LogReport> || std::is_same_v<What, ColdDone>) {
          on(std::forward<decltype(what)>(what), at, out);
        } else if constexpr (std::is_same_v<What, LookAgain>) {
          look_at_engine();
        } else {
          step(at, std::forward<decltype(what)>(what), out);
        }
      },
      std::move(input));
  stop_if_broken(at, out);
}

void LiveNode::time_passed(const Moment& at, Effects& out) {
  step(at, TimePassed{}, out);
  stop_if_broken(at, out);
}

void LiveNode::step(const Moment& at, Input&& input, Effects& out) {
  if (disk_ == nullptr) {
    node_->step(at, std::move(input), out);
  } else {
    const std::scoped_lock lock(disk_->mutex);
    node_->step(at, std::move(input), out);
    wants_spare_ = disk_->engine.wants_spare();
    is_broken_ = disk_->engine.failure().has_value();
  }
  do_what_waits_for_the_disk(out);
}

// The first three kinds of effects, in their order.
void LiveNode::do_what_waits_for_the_disk(Effects& out) {
  for (const Reservation& wanted : out.reserve) {
    if (disk_ == nullptr) {
      post_(Reserved{wanted});
    } else {
      disk_->reserver.want(wanted);
    }
  }
  out.reserve.clear();
  for (ColdRead& read : out.read) {
    disk_->blocking.run_soon([post = post_, asked = std::move(read)] {
      auto value = read_cold(asked.from, asked.key, asked.seq);
      post(ColdDone{.asked = asked, .value = std::move(value)});
    });
  }
  out.read.clear();
  for (const PartitionId partition : out.whole) {
    if (disk_ == nullptr) break;
    const std::scoped_lock lock(disk_->mutex);
    disk_->engine.unmute(partition);
  }
  out.whole.clear();
}

void LiveNode::on(LogReport report, const Moment& at, Effects& out) {
  std::uint64_t durable = 0;
  {
    const std::scoped_lock lock(disk_->mutex);
    LogEngine& engine = disk_->engine;
    for (LogReport::Written& written : report.written) {
      const GroupWrite& group = *written.group;
      if (written.begun) engine.began(group.segment, std::move(written.begun));
      engine.written(group);
    }
    disk_->groups += report.written.size();
    is_broken_ = !report.result;
    if (is_broken_) return engine.failed(report.result.error());
    durable = engine.log().written_seq();
    engine.durable(durable);
  }
  disk_->sync_times.add(static_cast<std::uint64_t>(report.sync_took.count()));
  log_is_busy_ = false;
  step(at, LogDurable{durable}, out);
}

void LiveNode::on(ColdDone done, const Moment& at, Effects& out) {
  if (done.value) {
    const std::scoped_lock lock(disk_->mutex);
    const KeyHash hash = hash_key(disk_->hash, done.asked.key);
    disk_->engine.warm(hash, done.asked.key, done.asked.seq, *done.value);
  } else if (done.value.error().code == Errc::corrupt) {
    const std::scoped_lock lock(disk_->mutex);
    disk_->housekeeping.saw_damage(done.value.error().detail);
  }
  step(at, ValueRead{.ticket = done.asked.ticket, .value = std::move(done.value)}, out);
}

void LiveNode::look_at_engine() {
  if (disk_ == nullptr) return;
  const std::scoped_lock lock(disk_->mutex);
  is_broken_ = disk_->engine.failure().has_value();
}

// Whoever broke it, the log thread or a helper: the core is told once.
void LiveNode::stop_if_broken(const Moment& at, Effects& out) {
  if (!is_broken_ || node_->failure()) return;
  std::optional<Error> failure;
  {
    const std::scoped_lock lock(disk_->mutex);
    failure = disk_->engine.failure();
  }
  step(at, LogFailed{*failure}, out);
}

// The next segment's file is there long before it is needed, unless values are as long as
// segments, or much comes at once. Then this waits; but not for a disk that is full.
void LiveNode::make_room_for(const NodeInput& input) {
  const auto* const message = std::get_if<Message>(&input);
  if (message == nullptr || disk_ == nullptr) return;
  const LogChange change = largest_change(*message);
  const bool is_long =
      change.key_bytes + change.value_bytes > setup_.limits.segment_bytes / 2;
  if (change.key_bytes == 0 || (!wants_spare_ && !is_long)) return;
  Housekeeping::Lock lock(disk_->mutex);
  const LogEngine& engine = disk_->engine;
  const bool can_help = engine.needs_spare(change.key_bytes, change.value_bytes) &&
                        !disk_->housekeeping.disk_full() && !engine.failure();
  if (!can_help) return;
  const auto bytes = engine.bytes_of_spare(change.key_bytes, change.value_bytes);
  // Where there is no room the core finds out, and says so to who asked.
  disregard(disk_->housekeeping.have_spare(lock, bytes, false));
}

void LiveNode::hand_over() {
  if (disk_ == nullptr) return;
  if (!log_is_busy_ && !node_->failure()) {
    {
      const std::scoped_lock lock(disk_->mutex);
      while (auto group = disk_->engine.take()) groups_.push_back(std::move(group));
    }
    log_is_busy_ = !groups_.empty();
    if (log_is_busy_) disk_->log.write(groups_);
    if (wants_spare_) disk_->wake_keeper.notify_one();
  }
  if (sealed_ && (!log_is_busy_ || node_->failure())) {
    sealed_->set_value();
    sealed_.reset();
  }
}

void LiveNode::seal(std::promise<void> sealed) {
  is_sealed_ = true;
  if (disk_ == nullptr) return sealed.set_value();
  sealed_ = std::move(sealed);
  const std::scoped_lock lock(disk_->mutex);
  if (!disk_->engine.failure()) disk_->engine.seal();
}

void LiveNode::make_hints() {
  // Without them the next start reads the segments themselves.
  if (disk_ != nullptr) disregard(disk_->housekeeping.make_hints());
}

void LiveNode::keep_house(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    disk_->reserver.try_again();
    disk_->housekeeping.round(setup_.compact_above, setup_.scrub_every);
    std::unique_lock lock(disk_->mutex);
    const bool failed = disk_->engine.failure().has_value();
    if (failed) {
      lock.unlock();
      return post_(LookAgain{});
    }
    disk_->wake_keeper.wait_for(lock, stop, kKeeperTick, [&] {
      return disk_->engine.wants_spare() && !disk_->housekeeping.disk_full();
    });
  }
}

KeyHash LiveNode::hash(std::string_view key) const {
  return hash_key(setup_.rules.replica.hash, key);
}

}  // namespace kv
