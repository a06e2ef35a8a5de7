#include "v4_replicated_kv/runtime/store_core.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/hash/functions.hpp"

namespace kv {

namespace {

WallMs system_time() {
  using std::chrono::duration_cast;
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = duration_cast<std::chrono::milliseconds>(since).count();
  return WallMs{static_cast<std::uint64_t>(ms)};
}

}  // namespace

Store::Core::Core(StoreOptions options, std::unique_ptr<Disk> disk, Recovered recovered,
                  std::uint64_t seed)
    : damage(std::move(recovered.damage)),
      torn_tail(std::move(recovered.torn_tail)),
      options_(std::move(options)),
      log_(std::make_unique<LogParts>(mutex_, std::move(disk), options_,
                                      std::move(recovered), seed)),
      engine_(log_->engine),
      hash_(log_->hash),
      actor_(log_->engine.manifest().actor) {
  // Before anybody can fill the disk. Where it is full already, the keeper tries again.
  disregard(log_->housekeeping.make_reserve_if_wanted());
  start_threads();
}

Store::Core::Core(StoreOptions options, std::uint64_t seed)
    : options_(std::move(options)),
      memory_(std::make_unique<MemoryEngine>(
          options_.partitions, options_.index_bytes_max, options_.cache_bytes)),
      engine_(*memory_),
      hash_(xxh3, seed),
      actor_(seed) {
  start_threads();
}

void Store::Core::start_threads() {
  if (!options_.wall_clock) options_.wall_clock = system_time;
  keeper_ = std::jthread([this](const std::stop_token& stop) { keep_house(stop); });
  if (log_ != nullptr && options_.sync == SyncPolicy::interval) {
    syncer_ = std::jthread([this](const std::stop_token& stop) { sync_every(stop); });
  }
}

Store::Core::~Core() {
  // Who wants to know whether it went well calls close().
  disregard(close());
}

Timestamp Store::Core::next_version(const KeyChange& change) const {
  const Index& index = engine_.index();
  const IndexEntry* const known = index.find(change.hash, change.key);
  const std::uint64_t floor = index.counter_floor(index.partition_of(change.hash));
  const std::uint64_t counter = known == nullptr ? 0 : known->version.counter;
  const std::uint64_t seq = log_ == nullptr ? 0 : log_->engine.log().next_seq();
  return {.counter = std::max(counter, floor) + 1, .dot = {.actor = actor_, .seq = seq}};
}

Result<void> Store::Core::room_for(Lock& lock, const KeyChange& change) {
  if (log_ == nullptr) return {};
  const bool is_delete = change.kind == RecordKind::tombstone;
  const LogEngine& engine = log_->engine;
  Housekeeping& housekeeping = log_->housekeeping;
  const std::size_t key_bytes = change.key.size();
  const std::size_t stored_bytes = change.stored.size();
  const std::uint64_t bytes = engine.bytes_of_spare(key_bytes, stored_bytes);
  const auto lacks_room = [&] {
    return (engine.needs_spare(key_bytes, stored_bytes) ||
            (housekeeping.only_deletes() && !is_delete)) &&
           !engine.failure();
  };
  while (lacks_room()) {
    auto had = housekeeping.have_spare(lock, bytes, is_delete);
    if (!had && lacks_room()) return had;  // nor did another thread make some
  }
  return {};
}

// With room made, and the lock held since.
Result<void> Store::Core::commit(Lock& lock, KeyChange change, SyncPolicy policy) {
  change.version = next_version(change);
  const auto seq = engine_.write(change);
  if (!seq) return std::unexpected(seq.error());
  value_bytes_ += change.value.size();
  stored_bytes_ += change.stored.size();
  if (log_ == nullptr) return {};
  if (log_->engine.wants_spare()) wake_.notify_all();
  return policy == SyncPolicy::always ? log_->commit.durable(lock, *seq)
                                      : log_->commit.pass_on(lock);
}

Result<void> Store::Core::write(const KeyChange& change, SyncPolicy policy) {
  if (auto limits = check_limits(change); !limits) return limits;
  Lock lock(mutex_);
  if (auto room = room_for(lock, change); !room) return room;
  return commit(lock, change, policy);
}

Result<void> Store::Core::put(std::string_view key, std::string_view value,
                              const WriteOptions& how) {
  WallMs expires{0};
  if (how.ttl) {
    const auto ms = std::max<std::int64_t>(how.ttl->count(), 1);
    expires = WallMs{options_.wall_clock().raw() + static_cast<std::uint64_t>(ms)};
  }
  const StoredValue stored =
      log_ == nullptr ? StoredValue{} : compress(value, options_.compression);
  return write({.hash = hash_key(hash_, key),
                .key = key,
                .expires = expires,
                .digest = xxh3(value),
                .value = value,
                .stored = stored.bytes(value),
                .compressed = stored.compressed},
               how.sync.value_or(options_.sync));
}

KeyChange Store::Core::deletion(std::string_view key) const {
  return {.hash = hash_key(hash_, key),
          .key = key,
          .kind = RecordKind::tombstone,
          .value = {},
          .stored = {}};
}

Result<void> Store::Core::erase(std::string_view key, const WriteOptions& how) {
  return write(deletion(key), how.sync.value_or(options_.sync));
}

bool Store::Core::is_over(const Known& known) const {
  if (known.kind != RecordKind::value) return true;
  return known.expires.raw() != 0 && known.expires <= options_.wall_clock();
}

Result<std::optional<std::string>> Store::Core::get(std::string_view key) {
  const KeyHash hash = hash_key(hash_, key);
  Lock lock(mutex_);
  auto found = engine_.find(hash, key);
  if (!found) return std::unexpected(found.error());
  if (!*found || is_over((*found)->known)) return std::nullopt;
  if (auto* const value = std::get_if<std::string>(&(*found)->value)) {
    return std::move(*value);
  }
  lock.unlock();  // nobody waits while the disk reads
  const std::uint64_t seq = (*found)->known.seq;
  auto value = read_cold(std::get<ColdValue>((*found)->value), key, seq);
  if (!value) return std::unexpected(value.error());
  lock.lock();
  log_->engine.warm(hash, key, seq, *value);
  return std::move(*value);
}

Result<Store::Page> Store::Core::scan(const Cursor& from, std::size_t visited) {
  Page page;
  const Lock lock(mutex_);
  const Index& index = engine_.index();
  Cursor at = from;
  for (std::uint32_t i = index.partition_of(at.hash).raw(); i < index.partitions(); ++i) {
    index.partition(PartitionId{i})
        .walk(at.hash, at.key, [&](KeyHash hash, const IndexEntry& entry) {
          if (visited == 0) {
            page.next = Cursor{.hash = hash, .key = std::string(entry.key())};
            return false;
          }
          --visited;
          if (!is_over(known_of(entry))) page.keys.emplace_back(entry.key());
          return true;
        });
    if (page.next) return page;
    at = {};  // the next partition from its first key on
  }
  return page;
}

Result<void> Store::Core::sync() {
  if (log_ == nullptr) return {};
  Lock lock(mutex_);
  return log_->commit.durable(lock, log_->engine.log().next_seq() - 1);
}

StoreStats Store::Core::stats() const {
  const Lock lock(mutex_);
  const Index& index = engine_.index();
  StoreStats stats{.keys = index.keys(),
                   .tombstones = index.tombstones(),
                   .index_bytes = index.memory(),
                   .hot_values = index.hot().count(),
                   .hot_bytes = index.hot().bytes(),
                   .value_bytes = value_bytes_,
                   .stored_bytes = stored_bytes_};
  if (log_ == nullptr) return stats;
  stats.reads_hot = log_->engine.reads().hot;
  stats.reads_cold = log_->engine.reads().cold;
  stats.segments = log_->engine.segments().size();
  for (const auto& [id, segment] : log_->engine.segments()) {
    stats.log_bytes += segment.bytes;
    stats.live_bytes += index.live_bytes(id);
  }
  const LatencyCounts& syncs = log_->commit.sync_times();
  stats.syncs = syncs.count();
  stats.sync_p50_ns = syncs.percentile(0.5);
  stats.sync_p99_ns = syncs.percentile(0.99);
  stats.disk_full = log_->housekeeping.disk_full();
  return stats;
}

Result<void> Store::Core::close() {
  for (std::jthread* const thread : {&keeper_, &syncer_}) {
    thread->request_stop();
    if (thread->joinable()) thread->join();
  }
  if (log_ == nullptr || std::exchange(closed_, true)) return {};
  {
    Lock lock(mutex_);
    log_->engine.seal();
    if (auto sealed = log_->commit.durable(lock, log_->engine.log().next_seq() - 1);
        !sealed) {
      return sealed;
    }
    if (auto footer = log_->commit.pass_on(lock); !footer) return footer;
  }
  return log_->housekeeping.make_hints();
}

}  // namespace kv
