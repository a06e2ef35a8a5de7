#include "v4_replicated_kv/simulation/network.hpp"

namespace kv {

Tick Network::delay() {
  const std::uint64_t spread = weather.delay_max.raw() - weather.delay_min.raw();
  return Tick{weather.delay_min.raw() + chance_.below(spread + 1)};
}

Network::Copies Network::send(NodeId from, NodeId to) {
  Copies copies;
  if (is_cut(from, to) || happens(weather.lost_per_mille)) return copies;
  copies.after.at(copies.count++) = delay();
  if (happens(weather.doubled_per_mille)) copies.after.at(copies.count++) = delay();
  if (happens(weather.late_per_mille)) {
    copies.after.at(copies.count++) = Tick{chance_.below(weather.late_max.raw())};
  }
  return copies;
}

}  // namespace kv
