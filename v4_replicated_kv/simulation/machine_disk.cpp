// A machine and its disk: what the log and the manifest ask for, what comes of it later,
// and the chores.
#include <utility>

#include "v4_replicated_kv/replication/stored_state.hpp"
#include "v4_replicated_kv/simulation/machine.hpp"

namespace kv {

// What a full disk has no room for is tried again with the next step.
void Machine::reserve(Tick now) {
  engine_->reserve_dots(reserving_->actor, reserving_->up_to, reserving_->is_whole);
  const auto written = write_manifest(*disk_, engine_->manifest());
  if (!written && written.error().code == Errc::disk_full) return;
  if (!written) return failed(written.error());
  const Tick done = now + rules_.sync_max;
  plan(done, ManifestDone{*std::exchange(reserving_, {})});
}

void Machine::have_spare() {
  if (!engine_->wants_spare()) return;
  LogEngine::Spare spare{.nonce = chance_.next(), .bytes = rules_.segment_bytes};
  auto made = make_spare(*disk_, spare_name(spare.nonce), spare.bytes);
  if (made) {
    spare.file = *std::move(made);
    return engine_->spare(std::move(spare));
  }
  if (made.error().code != Errc::disk_full) failed(made.error());
}

void Machine::failed(const Error& cause) {
  engine_->failed(cause);
  if (!failure_) failure_ = cause;
}

// Groups wait while a sync is on its way, and then go together.
void Machine::write_log(Tick now) {
  if (engine_->failure()) return;
  have_spare();
  if (syncs_ || failure_) return;
  bool wrote = false;
  while (const auto group = engine_->take()) {
    if (auto written = writer_->write(*group); !written) return failed(written.error());
    if (group->begins) engine_->began(group->segment, writer_->file());
    engine_->written(*group);
    wrote = true;
  }
  if (!wrote) return;
  syncs_ = true;
  plan(now + between(rules_.sync_min, rules_.sync_max, now),
       SyncDone{.seq = engine_->log().written_seq()});
}

void Machine::on(Tick now, const SyncDone& done) {
  syncs_ = false;
  if (engine_->failure()) return;
  if (tamper_.syncs()) {
    if (const auto synced = writer_->sync(); !synced) {
      failed(synced.error());
      return settle(now);
    }
  }
  engine_->durable(done.seq);
  step(now, LogDurable{.seq = done.seq});
}

void Machine::on(Tick now, const ManifestDone& done) {
  step(now, Reserved{.reservation = done.reservation});
}

Result<std::string> Machine::read(const ColdRead& read) const {
  auto value = read_cold(read.from, read.key, read.seq);
  const bool is_damaged = !value && value.error().code == Errc::corrupt;
  if (!is_damaged || tamper_.checks_what_it_reads()) return value;
  std::string bytes;
  const auto raw =
      read.from.file->read(read.from.position.offset, read.from.bytes, bytes);
  if (!raw) return std::unexpected(raw.error());
  return bytes.substr(kRecordHeaderBytes + read.key.size());
}

void Machine::on(Tick now, const ReadDone& done) {
  auto value = read(done.read);
  if (value) {
    const KeyHash hash = hash_key(rules_.node.replica.hash, done.read.key);
    engine_->warm(hash, done.read.key, done.read.seq, *value);
  }
  step(now, ValueRead{.ticket = done.read.ticket, .value = std::move(value)});
}

void Machine::on(Tick now, const Chores& /*chores*/) {
  plan(now + rules_.chores_every, Chores{});
  if (engine_->failure()) return;
  auto done = write_hints();
  if (done) done = compact();
  const bool goes_on =
      done || done.error().code == Errc::disk_full || done.error().code == Errc::corrupt;
  if (!goes_on) failed(done.error());
  settle(now);
}

Result<void> Machine::write_hints() {
  const Hasher hash = rules_.node.replica.hash;
  for (const Segment& segment : engine_->without_hint()) {
    auto made = write_hint(*disk_, segment, hash);
    if (made) engine_->hinted(segment.header.id);
    if (!made && made.error().code == Errc::corrupt) engine_->damaged(segment.header.id);
    if (!made) return made;
  }
  return {};
}

Result<void> Machine::compact() {
  constexpr double kDeadRatio = 0.5;
  constexpr std::size_t kInputsMax = 4;
  const auto plan = engine_->plan_compaction(kDeadRatio, kInputsMax, chance_.next());
  if (!plan) return {};
  const auto done =
      kv::compact(*disk_, *plan, rules_.node.replica.hash,
                  [&](std::span<Candidate> candidates) { engine_->decide(candidates); });
  if (!done) {
    if (done.error().code == Errc::corrupt) {
      for (const Segment& input : plan->inputs) engine_->damaged(input.header.id);
    }
    return std::unexpected(done.error());
  }
  engine_->install(*done);
  // Whether the manifest is the new one, only a restart can tell if this fails.
  if (auto written = write_manifest(*disk_, engine_->manifest()); !written) {
    return fail(Errc::io, written.error().detail);
  }
  return remove_segments(*disk_, done->inputs);
}

Result<KeyState> Machine::held(const std::string& key) {
  const KeyHash hash = hash_key(rules_.node.replica.hash, key);
  const StateRules& state = rules_.node.replica.state;
  auto found = load_state(*engine_, state, hash, key, Part::whole, nullptr);
  if (!found) return std::unexpected(found.error());
  if (!found->cold) return found->state;
  auto value = read_cold(*found->cold, key, found->seq);
  if (!value) return std::unexpected(value.error());
  const FetchedValue fetched{.seq = found->seq, .bytes = *std::move(value)};
  auto again = load_state(*engine_, state, hash, key, Part::whole, &fetched);
  if (!again) return std::unexpected(again.error());
  return again->state;
}

}  // namespace kv
