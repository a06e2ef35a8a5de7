// A LogEngine and the simplest driver that there is: one thread that does at once, in
// order, whatever the engine asks for. What it acknowledges is durable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/storage/compaction.hpp"
#include "v4_replicated_kv/storage/compression.hpp"
#include "v4_replicated_kv/storage/log_engine.hpp"
#include "v4_replicated_kv/storage/log_writer.hpp"
#include "v4_replicated_kv/storage/manifest.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"

namespace kv {

class DrivenEngine {
 public:
  struct Options {
    std::uint64_t segment_bytes = 4096;
    std::size_t hot_bytes = 1000;
    std::uint32_t partitions = 8;
    std::size_t compress_from = 200;
    bool sync = true;  // false: acknowledges what is only written
  };

  static Result<std::unique_ptr<DrivenEngine>> open(std::unique_ptr<Disk> disk,
                                                    std::uint64_t seed,
                                                    const Options& options) {
    Rng rng(seed);
    auto recovered =
        recover(*disk, {.partitions = options.partitions}, options.hot_bytes, rng);
    if (!recovered) return std::unexpected(recovered.error());
    return std::make_unique<DrivenEngine>(std::move(disk), std::move(*recovered), rng,
                                          options);
  }

  DrivenEngine(std::unique_ptr<Disk> disk, Recovered recovered, Rng rng,
               const Options& options)
      : damage(recovered.damage),
        torn_tail(recovered.torn_tail),
        keys_unknown(recovered.keys_unknown),
        options_(options),
        disk_(std::move(disk)),
        rng_(rng),
        hash_(store_hasher(recovered.manifest)),
        engine_({.segment_bytes = options.segment_bytes}, std::move(recovered)),
        writer_(*disk_) {}

  Result<void> put(std::string_view key, std::string_view value) {
    const StoredValue stored =
        compress(value, {.on = true, .bytes_min = options_.compress_from});
    return change({.hash = hash_key(hash_, key),
                   .key = key,
                   .version = {.counter = ++counter_},
                   .value = value,
                   .stored = stored.bytes(value),
                   .compressed = stored.compressed});
  }

  Result<void> erase(std::string_view key) {
    return change({.hash = hash_key(hash_, key),
                   .key = key,
                   .kind = RecordKind::tombstone,
                   .version = {.counter = ++counter_},
                   .value = {},
                   .stored = {}});
  }

  // A state of the key, of whatever kind its record is said to be.
  Result<void> put_state(RecordKind kind, std::string_view key, std::string_view state) {
    return change({.hash = hash_key(hash_, key),
                   .key = key,
                   .kind = kind,
                   .version = {.counter = ++counter_},
                   .value = state,
                   .stored = state});
  }

  Result<void> drop(PartitionId partition) {
    if (auto spare = have_spare(4, 0); !spare) return spare;
    const auto seq = engine_.drop(partition);
    if (!seq) return std::unexpected(seq.error());
    return flush();
  }

  Result<std::optional<std::string>> get(std::string_view key) {
    const KeyHash hash = hash_key(hash_, key);
    auto found = engine_.find(hash, key);
    if (!found) return std::unexpected(found.error());
    if (!*found || (*found)->known.kind == RecordKind::tombstone) return std::nullopt;
    if (auto* value = std::get_if<std::string>(&(*found)->value)) return *value;
    auto value =
        read_cold(std::get<ColdValue>((*found)->value), key, (*found)->known.seq);
    if (!value) return std::unexpected(value.error());
    engine_.warm(hash, key, (*found)->known.seq, *value);
    return *value;
  }

  // One round; whether there was something to do.
  Result<bool> compact(double above) {
    const auto plan = engine_.plan_compaction(above, 1000, rng_.next());
    if (!plan) return false;
    const auto done =
        kv::compact(*disk_, *plan, hash_,
                    [&](std::span<Candidate> candidates) { engine_.decide(candidates); });
    if (!done) return std::unexpected(done.error());
    engine_.install(*done);
    if (auto written = write_manifest(*disk_, engine_.manifest()); !written) {
      engine_.failed(written.error());
      return std::unexpected(written.error());
    }
    if (auto removed = remove_segments(*disk_, done->inputs); !removed) {
      engine_.failed(removed.error());
      return std::unexpected(removed.error());
    }
    return true;
  }

  Result<void> write_hints() {
    for (const Segment& segment : engine_.without_hint()) {
      if (auto made = write_hint(*disk_, segment, hash_); !made) return made;
      engine_.hinted(segment.header.id);
    }
    return {};
  }

  // As a store is closed: everything sealed, with hints.
  Result<void> close() {
    engine_.seal();
    if (auto flushed = flush(); !flushed) return flushed;
    return write_hints();
  }

  [[nodiscard]] LogEngine& engine() { return engine_; }
  [[nodiscard]] Disk& disk() { return *disk_; }
  [[nodiscard]] KeyHash hash_of(std::string_view key) const {
    return hash_key(hash_, key);
  }

  std::vector<Damage> damage;
  std::optional<Damage> torn_tail;
  bool keys_unknown;

 private:
  Result<void> change(const KeyChange& change) {
    if (auto spare = have_spare(change.key.size(), change.stored.size()); !spare) {
      return spare;
    }
    const auto seq = engine_.write(change);
    if (!seq) return std::unexpected(seq.error());
    return flush();
  }

  Result<void> have_spare(std::size_t key_bytes, std::size_t stored_bytes) {
    if (!engine_.needs_spare(key_bytes, stored_bytes)) return {};
    LogEngine::Spare spare{.nonce = rng_.next(),
                           .bytes = engine_.bytes_of_spare(key_bytes, stored_bytes)};
    auto made = make_spare(*disk_, spare_name(spare.nonce), spare.bytes);
    if (!made) return std::unexpected(made.error());
    spare.file = std::move(*made);
    engine_.spare(std::move(spare));
    return {};
  }

  Result<void> flush() {
    while (const auto group = engine_.take()) {
      if (auto written = writer_.write(*group); !written) return failed(written);
      if (group->begins != nullptr) engine_.began(group->segment, writer_.file());
      engine_.written(*group);
    }
    if (!options_.sync) return {};
    if (auto synced = writer_.sync(); !synced) return failed(synced);
    engine_.durable(engine_.log().written_seq());
    return {};
  }

  Result<void> failed(const Result<void>& result) {
    engine_.failed(result.error());
    return result;
  }

  Options options_;
  std::unique_ptr<Disk> disk_;
  Rng rng_;
  Hasher hash_;
  LogEngine engine_;
  LogWriter writer_;
  std::uint64_t counter_ = 0;
};

// No value stays in memory: each is read from its file.
inline constexpr DrivenEngine::Options kAllCold{.hot_bytes = 0, .partitions = 4};

}  // namespace kv
