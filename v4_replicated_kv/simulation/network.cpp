#include "v4_replicated_kv/simulation/network.hpp"

#include <algorithm>

namespace kv {

Tick Network::delay() {
  const std::uint64_t spread = weather.delay_max.raw() - weather.delay_min.raw();
  return Tick{weather.delay_min.raw() + chance_.below(spread + 1)};
}

Network::Copies Network::send(NodeId from, NodeId to, std::size_t kind) {
  Copies copies;
  if (is_cut(from, to)) return copies;
  const auto mishap = std::ranges::find_if(mishaps_, [&](const Mishap& one) {
    return one.kind == kind && one.from == from && one.to == to;
  });
  if (mishap != mishaps_.end()) {
    copies = suffer(*mishap);
    mishaps_.erase(mishap);
    return copies;
  }
  if (happens(weather.lost_per_mille)) return copies;
  copies.after.at(copies.count++) = delay();
  if (happens(weather.doubled_per_mille)) copies.after.at(copies.count++) = delay();
  if (happens(weather.late_per_mille)) {
    copies.after.at(copies.count++) = Tick{chance_.below(weather.late_max.raw())};
  }
  return copies;
}

Network::Copies Network::suffer(const Mishap& mishap) {
  switch (mishap.what) {
    case Mishap::What::drop:
      return {};
    case Mishap::What::delay:
      return {.count = 1, .after = {mishap.after}};
    case Mishap::What::duplicate:
      break;
  }
  return {.count = 2, .after = {delay(), mishap.after}};
}

}  // namespace kv
