#include "v4_replicated_kv/runtime/housekeeping.hpp"

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "v4_replicated_kv/storage/compaction.hpp"
#include "v4_replicated_kv/storage/log_writer.hpp"
#include "v4_replicated_kv/storage/scan.hpp"

namespace kv {

Result<void> Housekeeping::make_hints(double compact_above) {
  const std::scoped_lock work(work_);
  std::vector<Segment> wanted;
  {
    const Lock lock(mutex_);
    if (full_) return {};  // what room there is, compaction needs
    wanted = engine_.without_hint(compact_above);
  }
  for (const Segment& segment : wanted) {
    auto made = settle(write_hint(disk_, segment, hash_));
    const Lock lock(mutex_);
    if (made) engine_.hinted(segment.header.id);
    if (!made && made.error().code == Errc::corrupt) {
      engine_.damaged(segment.header.id);
      saw_damage(made.error().detail);
    }
    if (engine_.failure()) return made;
    if (!made && made.error().code != Errc::corrupt) return {};  // another time
  }
  return {};
}

// Does it with the lock held, and then stays away from the lock for four times as long: who
// asks for it at once again mostly gets it, and those who wait for it do not.
template <class Work>
void Housekeeping::hold_politely(Work work) {
  using Clock = std::chrono::steady_clock;
  Clock::duration held{};
  {
    const Lock lock(mutex_);
    const auto begin = Clock::now();
    work();
    held = Clock::now() - begin;
  }
  std::this_thread::sleep_for(4 * held);
}

// The copying runs without the lock, and takes it for a moment for each batch of records.
Result<Compacted> Housekeeping::copy_live(const CompactionPlan& plan) {
  return compact(disk_, plan, hash_, [&](std::span<Candidate> candidates) {
    hold_politely([&] { engine_.decide(candidates); });
  });
}

// The manifest that is to be written may have a floor more for each key that is forgotten.
// Where there is no room for it, nothing has happened.
Result<std::unique_ptr<File>> Housekeeping::make_room_to_install(
    const Compacted& compacted) {
  constexpr std::size_t kFloorBytes = 12;
  std::uint64_t bytes = 0;
  {
    const Lock lock(mutex_);
    bytes = encode_manifest(engine_.manifest()).size() +
            (compacted.moved.size() + 1) * kFloorBytes;
  }
  auto made = settle(make_room_for_manifest(disk_, bytes));
  if (!made && made.error().code == Errc::disk_full) {
    // The last room may have gone to hints, and these are about to go anyway.
    for (const SegmentId id : compacted.inputs) disregard(disk_.remove(hint_name(id)));
    made = settle(make_room_for_manifest(disk_, bytes));
  }
  if (!made && compacted.output) {
    // Should it stay, it holds what its inputs hold.
    disregard(remove_segments(disk_, {compacted.output->header.id}));
  }
  return made;
}

// Readers see the new places, then the manifest does, and only then the old files go.
Result<void> Housekeeping::install(const Compacted& compacted, File& room) {
  constexpr std::size_t kSlice = 512;  // keys that the lock is held for
  if (compacted.output) {
    const Lock lock(mutex_);
    engine_.adopt(*compacted.output);
  }
  std::span<const Moved> left(compacted.moved);
  while (!left.empty()) {
    const auto slice = left.first(std::min(kSlice, left.size()));
    hold_politely([&] { engine_.moved(slice); });
    left = left.subspan(slice.size());
  }
  Manifest manifest;
  {
    const Lock lock(mutex_);
    engine_.retire(compacted.inputs);
    manifest = engine_.manifest();
  }
  auto written = write_manifest(disk_, manifest, room);
  return written ? remove_segments(disk_, compacted.inputs) : written;
}

Result<bool> Housekeeping::compact_once(double above) {
  const std::scoped_lock work(work_);
  std::optional<CompactionPlan> plan;
  {
    const Lock lock(mutex_);
    if (engine_.failure()) return fail(Errc::stopped, engine_.failure()->detail);
    // On a full disk the cheapest first, alone: it may need no room at all.
    constexpr std::size_t kInputsMax = 1000;
    plan = engine_.plan_compaction(above, full_ ? 1 : kInputsMax, rng_.next());
  }
  if (!plan) return false;
  give_up_reserve();
  const auto compacted = settle(copy_live(*plan));
  if (!compacted) {
    // What was given up is there again; if not, then another time.
    disregard(make_reserve());
    if (compacted.error().code != Errc::corrupt)
      return std::unexpected(compacted.error());
    for (const Segment& input : plan->inputs) {
      if (auto checked = check(input); !checked) return std::unexpected(checked.error());
    }
    return std::unexpected(compacted.error());
  }
  if (auto finished = finish(*compacted); !finished) {
    return std::unexpected(finished.error());
  }
  return true;
}

// No other manifest is made meanwhile: it would be of half a change, and in the same file.
Result<void> Housekeeping::finish(const Compacted& compacted) {
  const std::scoped_lock manifest(manifest_work_);
  const auto room = make_room_to_install(compacted);
  if (!room) {
    disregard(make_reserve());
    return std::unexpected(room.error());
  }
  auto installed = install(compacted, **room);
  if (!installed) {
    // The manifest may or may not be the new one, though the index is: only a restart
    // knows.
    const Lock lock(mutex_);
    engine_.failed(installed.error());
  }
  return installed;
}

Result<void> Housekeeping::reserve_dots(ActorId actor, std::uint64_t up_to,
                                        bool is_whole) {
  const std::scoped_lock work(manifest_work_);
  Manifest manifest;
  {
    const Lock lock(mutex_);
    if (engine_.failure()) return fail(Errc::stopped, engine_.failure()->detail);
    engine_.reserve_dots(actor, up_to, is_whole);
    manifest = engine_.manifest();
  }
  return settle(write_manifest(disk_, manifest));
}

void Housekeeping::round(double compact_above, std::chrono::seconds scrub_every) {
  const auto now = std::chrono::steady_clock::now();
  if (!next_scrub_) next_scrub_ = now + scrub_every;
  disregard(make_reserve_if_wanted());  // first: it is for the worst
  disregard(make_spare_if_wanted());
  disregard(make_hints(compact_above));
  if (compact_above < 1 && rounds_to_skip_-- <= 0) {
    constexpr int kPause = 25;
    rounds_to_skip_ = compact_once(compact_above) ? 0 : kPause;
  }
  if (now >= *next_scrub_) {
    disregard(scrub());
    next_scrub_ = now + scrub_every;
  }
}

Result<std::vector<Damage>> Housekeeping::check(const Segment& segment) {
  auto report = settle(scan_segment(*segment.file, segment.header, Ending::sealed,
                                    [](const Record&, std::uint32_t) {}));
  if (!report) return std::unexpected(report.error());
  std::vector<Damage> damage = std::move(report->damage);
  auto of_header = settle(damage_of_header(*segment.file, segment.header));
  if (!of_header) return std::unexpected(of_header.error());
  if (*of_header) damage.insert(damage.begin(), std::move(**of_header));
  if (!damage.empty()) {
    const Lock lock(mutex_);
    engine_.damaged(segment.header.id);
    for (const Damage& one : damage) saw_damage(describe(one));
  }
  return damage;
}

Result<std::vector<Damage>> Housekeeping::scrub() {
  const std::scoped_lock work(work_);
  std::vector<Segment> sealed;
  {
    const Lock lock(mutex_);
    for (const auto& [id, segment] : engine_.segments()) {
      if (segment.sealed) sealed.push_back(segment);
    }
  }
  std::vector<Damage> damage;
  for (const Segment& segment : sealed) {
    auto found = check(segment);
    if (!found) return std::unexpected(found.error());
    damage.insert(damage.end(), found->begin(), found->end());
  }
  return damage;
}

}  // namespace kv
