// Who is in the cluster, as placement sees it.
//
// Left out  addresses, and who is up: a node that is down keeps its place until somebody
//           takes it out, or every short pause would move its data.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "common/placement.hpp"

namespace kv {

struct Member {
  Node node;  // an id is for life: one that left is not given to somebody else
  std::string zone = {};  // what fails together: a rack; those that name none share one

  friend bool operator==(const Member& left, const Member& right) {
    return left.node.id == right.node.id && left.node.name == right.node.name &&
           left.node.weight == right.node.weight && left.zone == right.zone;
  }
};

// What a member may be: a name from 1 to so many bytes, a zone up to so many, and a
// weight within bounds that leave arithmetic with room.
inline constexpr std::size_t kNameBytesMax = 255;
inline constexpr double kWeightMin = 0.001;
inline constexpr double kWeightMax = 1000;

// bad_input, and which member is to blame, unless each is within the bounds, ids and
// names are all different, and there are at least `copies` members and one copy.
[[nodiscard]] Result<void> check_members(std::span<const Member> members,
                                         std::size_t copies);

}  // namespace kv
