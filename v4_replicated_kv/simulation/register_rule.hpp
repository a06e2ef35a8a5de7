// What may be seen of a register: nothing that was replaced before one looked.
//
// Idea      a value is out of date once another write, which began after the value's own
//           write was over, was acknowledged itself. Who looks after that must not see it.
//           Everything else is a matter of order among concurrent writes, and allowed.
// Breaks if a write counts as over when its client gave up: it may take effect later, and
//           then it is the newest. It is over when it was acknowledged, if it was tried
//           once; a version of an earlier try may win later.
// Left out  pairs of levels that need not meet (one and quorum, say): the later of the two
//           cannot know of the earlier, and nothing is promised.
#pragma once

#include <array>
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
  [[nodiscard]] std::optional<std::string> broken_by(const Sight& sight) const;

 private:
  // Of the writes acknowledged by then, the one that began last.
  struct Acknowledged {
    Tick by;
    const ClientOperation* latest;
  };

  [[nodiscard]] const ClientOperation* replacing(const ClientOperation* write,
                                                 const Sight& sight) const;
  [[nodiscard]] std::optional<std::string> broken_by_nothing(const Sight& sight) const;

  KeyOperations key_;
  std::array<std::vector<Acknowledged>, 4> acknowledged_;  // by level
};

}  // namespace kv
