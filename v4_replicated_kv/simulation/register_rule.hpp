// What may be seen of a register: nothing that was replaced before one looked.
//
// Idea      a value is out of date once another write, which began after the value's own
//           write was over, was acknowledged itself. Who looks after that must not see
//           it. Everything else is a matter of order among concurrent writes, and
//           allowed.
// Breaks if a write counts as over when its client gave up: it may take effect later, and
//           then it is the newest. It is over when it was acknowledged, if it was tried
//           once; a version of an earlier try may win later.
// Left out  pairs of writes of which the later cannot know of the earlier: as many as it
//           heard need not meet those that have it. Nothing is promised of their order.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "v4_replicated_kv/simulation/key_operations.hpp"

namespace kv {

class RegisterRule {
 public:
  // Keeps `key`.
  explicit RegisterRule(const KeyOperations& key);

  // What is wrong with `sight`, in words that go on from "saw"; nothing if it may be.
  [[nodiscard]] std::optional<Finding> broken_by(const Sight& sight) const;

 private:
  // Of the writes acknowledged by then, the one that began last.
  struct Acknowledged {
    Tick by;
    const ClientOperation* latest;
  };

  // The one that began last of those that were acknowledged before `by`; null if none
  // was.
  [[nodiscard]] static const ClientOperation* latest(
      const std::vector<Acknowledged>& writes, Tick by);
  [[nodiscard]] const ClientOperation* replacing(const ClientOperation* write,
                                                 const Sight& sight) const;
  [[nodiscard]] std::optional<Finding> broken_by_nothing(const Sight& sight) const;

  KeyOperations key_;
  static constexpr std::size_t kLevels = 4;
  // By level, and by that which they heard.
  std::array<std::array<std::vector<Acknowledged>, kLevels>, kLevels> acknowledged_;
};

}  // namespace kv
