// What may be seen of siblings: all that nobody replaced, and nothing that somebody did.
//
// Idea      a value disappears for one reason only: a put or delete whose context covered
//           it took effect. That a put did shows in its own value being there, or in a
//           further write that replaced that one. So start at what is there, and follow
//           what each write had seen.
// Breaks if any write that covers a value excuses its absence: one that failed and left
// no
//           trace replaced nothing, and the value it covered is lost.
// Twice     of a put that was tried twice there may be two versions, and a context may
//           cover the one and not the other: it may be there beside its successor.
// Perhaps   who comes without a context replaces what is found when it is read for it. If
//           no answer says what that was, all that had begun by then may be gone, but
//           only what was acknowledged before must be.
// Left out  deletes of unknown outcome leave no trace by design: each excuses what it
//           covers. Values whose time is over.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "v4_replicated_kv/simulation/key_operations.hpp"

namespace kv {

class SiblingsRule {
 public:
  // Keeps `key`.
  explicit SiblingsRule(const KeyOperations& key);

  // What is wrong with `sight`, in words that go on from "saw"; nothing if it may be.
  [[nodiscard]] std::optional<Finding> broken_by(const Sight& sight) const;

 private:
  using Places = std::vector<std::size_t>;  // in key_.writes
  using Flags = std::vector<bool>;          // by place

  [[nodiscard]] Places covered_by(const ClientOperation& write) const;
  [[nodiscard]] std::optional<Finding> lost(const Sight& sight, const Flags& shown) const;
  [[nodiscard]] std::optional<Finding> back(const Sight& sight, const Flags& shown) const;

  KeyOperations key_;
  std::vector<Places> covered_;  // by place: what it surely covers
  Places by_begin_;
};

}  // namespace kv
