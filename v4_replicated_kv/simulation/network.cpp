#include "v4_replicated_kv/simulation/network.hpp"

#include <algorithm>

#include "common/hash/finalise.hpp"

namespace kv {

namespace {

bool happens(std::uint64_t per_mille, Rng& chance) {
  return per_mille > 0 && chance.below(1000) < per_mille;
}

}  // namespace

Rng Network::chance_of(const Way& way) const {
  const std::uint64_t link = (std::uint64_t{way.from.raw()} << 40U) +
                             (std::uint64_t{way.to.raw()} << 8U) + way.kind;
  return Rng(finalise(seed_ ^ finalise(link)) + way.now.raw() * 0xD1342543DE82EF95);
}

Tick Network::delay(Rng& chance) const {
  const std::uint64_t spread = weather.delay_max.raw() - weather.delay_min.raw();
  return Tick{weather.delay_min.raw() + chance.below(spread + 1)};
}

Network::Copies Network::send(const Way& way) {
  Copies copies;
  if (is_cut(way.from, way.to)) return copies;
  Rng chance = chance_of(way);
  const auto mishap = std::ranges::find_if(mishaps_, [&](const Mishap& one) {
    return one.kind == way.kind && one.from == way.from && one.to == way.to;
  });
  if (mishap != mishaps_.end()) {
    copies = suffer(*mishap, chance);
    mishaps_.erase(mishap);
    return copies;
  }
  if (happens(weather.lost_per_mille, chance)) return copies;
  copies.after.at(copies.count++) = delay(chance);
  if (happens(weather.doubled_per_mille, chance)) {
    copies.after.at(copies.count++) = delay(chance);
  }
  if (happens(weather.late_per_mille, chance)) {
    copies.after.at(copies.count++) = Tick{chance.below(weather.late_max.raw())};
  }
  return copies;
}

std::optional<Tick> Network::bounce(const Way& way) const {
  Rng chance = chance_of(way);
  if (!happens(weather.bounced_per_mille, chance)) return std::nullopt;
  return delay(chance);
}

Network::Copies Network::suffer(const Mishap& mishap, Rng& chance) const {
  switch (mishap.what) {
    case Mishap::What::drop:
      return {};
    case Mishap::What::delay:
      return {.count = 1, .after = {mishap.after}};
    case Mishap::What::duplicate:
      break;
  }
  return {.count = 2, .after = {delay(chance), mishap.after}};
}

}  // namespace kv
