// Room in the log, before it is needed: spares, and the reserve for deletes on a full disk.
#include <string>
#include <utility>

#include "v4_replicated_kv/runtime/housekeeping.hpp"
#include "v4_replicated_kv/storage/log_writer.hpp"

namespace kv {

Result<void> Housekeeping::make_spare_if_wanted() {
  return make_spare_of(segment_bytes_);
}

// One that is too short for what is to come is replaced; so is the reserve where it is not
// in use yet, and puts are to go on.
Result<void> Housekeeping::make_spare_of(std::uint64_t bytes) {
  const std::scoped_lock work(spare_work_);
  LogEngine::Spare next{.bytes = bytes};
  {
    const Lock lock(mutex_);
    const auto& ready = engine_.spare();
    const bool is_enough = ready && ready->bytes >= bytes && !only_deletes_;
    if (is_enough || engine_.failure()) return {};
    next.nonce = rng_.next();
  }
  auto made = settle(make_spare(disk_, spare_name(next.nonce), bytes));
  std::optional<LogEngine::Spare> unused;
  {
    const Lock lock(mutex_);
    if (bytes == segment_bytes_) full_ = !made && made.error().code == Errc::disk_full;
    if (!made) return std::unexpected(made.error());
    next.file = std::move(*made);
    unused = engine_.spare();
    engine_.spare(std::move(next));
    only_deletes_ = false;
  }
  // Should it stay, the next start removes it.
  if (unused) disregard(disk_.remove(spare_name(unused->nonce)));
  return {};
}

Result<void> Housekeeping::have_spare(Lock& lock, std::uint64_t bytes, bool is_delete) {
  lock.unlock();
  auto made = make_spare_of(bytes);
  if (!made) {
    const std::scoped_lock compaction_is_over(work_);  // it may have won some room
    made = make_spare_of(bytes);
  }
  lock.lock();
  if (made || !is_delete || made.error().code != Errc::disk_full || reserve_ == nullptr ||
      bytes > segment_bytes_) {
    return made;
  }
  auto reserve = std::exchange(reserve_, nullptr);
  const std::uint64_t nonce = rng_.next();
  const auto renamed = disk_.rename(std::string(kReserveName), spare_name(nonce));
  if (!renamed) {
    engine_.failed(renamed.error());
    return renamed;
  }
  engine_.spare({.nonce = nonce, .bytes = segment_bytes_, .file = std::move(reserve)});
  only_deletes_ = true;
  return {};
}

Result<void> Housekeeping::make_reserve_if_wanted() {
  const std::scoped_lock work(work_);
  {
    const Lock lock(mutex_);
    if (full_) return {};
  }
  return make_reserve();
}

Result<void> Housekeeping::make_reserve() {
  {
    const Lock lock(mutex_);
    if (reserve_ != nullptr || engine_.failure()) return {};
  }
  auto reserve = old_reserve();
  if (!reserve && reserve.error().code == Errc::not_found) {
    reserve = make_spare(disk_, std::string(kReserveName), segment_bytes_);
  }
  reserve = settle(std::move(reserve));
  if (!reserve) return std::unexpected(reserve.error());
  const Lock lock(mutex_);
  reserve_ = std::move(*reserve);
  return {};
}

// To make it anew, the room would have to be given back first, and somebody else may take
// it. One that is too short, as segments have grown, goes. not_found where there is none.
Result<std::shared_ptr<File>> Housekeeping::old_reserve() {
  const std::string name(kReserveName);
  auto file = disk_.open(name);
  if (!file) return std::unexpected(file.error());
  const auto bytes = (*file)->size();
  if (!bytes) return std::unexpected(bytes.error());
  if (*bytes >= segment_bytes_) return std::move(*file);
  file->reset();
  if (auto removed = disk_.remove(name); !removed) {
    return std::unexpected(removed.error());
  }
  return fail(Errc::not_found, "the reserve was too short");
}

// Compaction needs room before it wins any.
void Housekeeping::give_up_reserve() {
  Lock lock(mutex_);
  if (!full_ || reserve_ == nullptr) return;
  reserve_.reset();
  lock.unlock();
  // If it cannot be removed, there is no more room than before, and compaction says so.
  disregard(disk_.remove(std::string(kReserveName)));
}

}  // namespace kv
