#include "v4_replicated_kv/runtime/reserver.hpp"

namespace kv {

void Reserver::want(const Reservation& reservation) {
  {
    const std::scoped_lock lock(mutex_);
    wanted_ = reservation;
  }
  try_again();
}

void Reserver::try_again() {
  {
    const std::scoped_lock lock(mutex_);
    if (!wanted_ || std::exchange(is_queued_, true)) return;
  }
  thread_.run_soon([this] { write_the_wanted(); });
}

void Reserver::write_the_wanted() {
  std::optional<Reservation> taken;
  {
    const std::scoped_lock lock(mutex_);
    is_queued_ = false;
    taken = std::exchange(wanted_, std::nullopt);
  }
  if (!taken) return;  // an earlier job wrote it
  const auto written = write_(*taken);
  if (written || written.error().code != Errc::disk_full) return told_(*taken, written);
  const std::scoped_lock lock(mutex_);
  if (!wanted_) wanted_ = taken;  // unless a later one has come meanwhile
}

}  // namespace kv
