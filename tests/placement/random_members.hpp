// Random members from a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/placement/member.hpp"

namespace kv {

struct RandomMembers {
  std::size_t least = 1, most = 12;
  std::size_t zones = 0;  // 0: nobody names one
  bool weighted = false;
};

// The `number`-th node that a test ever makes; names are not in the order of ids.
inline Member random_member(Rng& rng, std::uint32_t number, const RandomMembers& how) {
  const double weight =
      how.weighted ? static_cast<double>(25 + rng.below(376)) / 100 : 1.0;
  const std::string zone =
      how.zones == 0 ? "" : fmt::format("zone-{}", rng.below(how.zones));
  return {.node = {.id = NodeId{number},
                   .name = fmt::format("n{}-{}", rng.below(10), number),
                   .weight = weight},
          .zone = zone};
}

inline std::vector<Member> random_members(Rng& rng, const RandomMembers& how) {
  const std::size_t count = how.least + rng.below(how.most - how.least + 1);
  std::vector<Member> members;
  for (std::uint32_t i = 0; i < count; ++i) {
    members.push_back(random_member(rng, i, how));
  }
  return members;
}

}  // namespace kv
