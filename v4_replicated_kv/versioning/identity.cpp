#include "v4_replicated_kv/versioning/identity.hpp"

#include <algorithm>

#include "common/base/check.hpp"

namespace kv {

ActorId mint_actor(Rng& chance) {
  for (;;) {
    const ActorId actor{chance.next()};
    if (actor != ActorId{0} && actor != ActorId{UINT64_MAX}) return actor;
  }
}

DotSource::DotSource(ActorId actor, std::uint64_t reserved_to)
    : actor_(actor),
      start_(reserved_to),
      issued_(reserved_to),
      reserved_to_(reserved_to) {
  KV_CHECK(actor != ActorId{0}, "0 is no actor");
  KV_CHECK(reserved_to <= kSeqMax, "a reservation ends before the numbers do");
}

std::optional<Dot> DotSource::next(std::uint64_t above) {
  const std::uint64_t last = std::max(issued_, above);
  if (last >= reserved_to_) return std::nullopt;
  issued_ = last + 1;
  return Dot{.actor = actor_, .seq = issued_};
}

std::uint64_t DotSource::wanted(std::uint64_t above) const {
  const std::uint64_t last = std::max({issued_, reserved_to_, above});
  return last > kSeqMax - block() ? kSeqMax : last + block();
}

std::uint64_t DotSource::block() const {
  return std::min(kReservationBlock + (issued_ - start_), kReservationMost);
}

void DotSource::extend(std::uint64_t reserved_to) {
  KV_CHECK(reserved_to <= kSeqMax, "a reservation ends before the numbers do");
  reserved_to_ = std::max(reserved_to_, reserved_to);
}

bool DotSource::runs_low() const {
  return reserved_to_ - issued_ < block() / 2;
}

}  // namespace kv
