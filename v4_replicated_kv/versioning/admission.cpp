#include "v4_replicated_kv/versioning/admission.hpp"

#include <algorithm>

#include "v4_replicated_kv/versioning/identity.hpp"
#include "v4_replicated_kv/versioning/version.hpp"

namespace kv {

std::uint64_t plausible_to(std::uint64_t heard) {
  return heard > kSeqMax - kReservationBlock ? kSeqMax : heard + kReservationBlock;
}

Result<void> admit(const History& context, const History& held,
                   const VersionVector& horizon) {
  const auto plausible = [&](const Dot& dot) {
    return held.vector().covers(dot) || horizon.covers(dot);
  };
  const auto plausible_dot = [&](const Dot& dot) {
    return held.covers(dot) || horizon.covers(dot);
  };
  if (!std::ranges::all_of(context.vector().entries(), plausible) ||
      !std::ranges::all_of(context.dots(), plausible_dot)) {
    return fail(
        Errc::conflict,
        "the context names versions that this node cannot vouch for: read the key "
        "again and use the context of that answer");
  }
  return {};
}

}  // namespace kv
