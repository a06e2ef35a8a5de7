#include "v3_virtual_nodes/alternatives/by_name.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "common/base/check.hpp"
#include "v3_virtual_nodes/alternatives/anchor.hpp"
#include "v3_virtual_nodes/alternatives/bounded_loads.hpp"
#include "v3_virtual_nodes/alternatives/dx.hpp"
#include "v3_virtual_nodes/alternatives/equal_partitions.hpp"
#include "v3_virtual_nodes/alternatives/jump.hpp"
#include "v3_virtual_nodes/alternatives/maglev.hpp"
#include "v3_virtual_nodes/alternatives/memento.hpp"
#include "v3_virtual_nodes/alternatives/multi_probe.hpp"
#include "v3_virtual_nodes/alternatives/rendezvous.hpp"

namespace kv {

namespace {

// The lid evens the loads, so one token a unit of weight is enough, and shows the lid.
constexpr std::uint64_t kTokensUnderALid = 1;

// Twice the room, for nodes that come and go, where an algorithm has to know beforehand.
std::uint32_t places_for(const Setup& setup) {
  return static_cast<std::uint32_t>(
      std::min(2 * std::bit_ceil(setup.nodes), std::size_t{1} << 16));
}

}  // namespace

AnyPlacement make_algorithm(std::string_view name, const Setup& setup) {
  const Hasher& hash = setup.hash;
  if (name == "ring") return AnyPlacement(FastRing(hash, setup.vnodes));
  if (name == "rendezvous") return AnyPlacement(RendezvousPlacement(hash));
  if (name == "jump") return AnyPlacement(JumpPlacement());
  if (name == "maglev") return AnyPlacement(MaglevPlacement(hash));
  if (name == "bounded-loads") {
    return AnyPlacement(BoundedLoadsPlacement(hash, kTokensUnderALid));
  }
  if (name == "multi-probe") return AnyPlacement(MultiProbePlacement(hash));
  if (name == "anchor") return AnyPlacement(AnchorPlacement(places_for(setup)));
  if (name == "dx") return AnyPlacement(DxPlacement(places_for(setup)));
  if (name == "memento") return AnyPlacement(MementoPlacement());
  KV_CHECK(name == "equal-partitions", "an algorithm that all_algorithms() names");
  return AnyPlacement(EqualPartitionsPlacement());
}

}  // namespace kv
