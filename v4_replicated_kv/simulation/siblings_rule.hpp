// What may be seen of siblings: all that nobody replaced, and nothing that somebody did.
//
// Idea      a value disappears for one reason only: a put or delete whose context covered it
//           took effect. That a put did shows in its own value being there, or in a further
//           write that replaced that one. So start at the youngest write and walk back.
// Breaks if any write that covers a value excuses its absence: one that failed and left no
//           trace replaced nothing, and the value it covered is lost.
// Twice     of a put that was tried twice there may be two versions, and a context may cover
//           the one and not the other: it may be there beside its successor.
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
  [[nodiscard]] std::optional<std::string> broken_by(const Sight& sight) const;

 private:
  struct Write {
    const ClientOperation* operation;
    std::vector<std::size_t> covered;  // places in `writes_`
  };
  using Flags = std::vector<bool>;  // by place

  [[nodiscard]] std::size_t place_of(WriteId id) const;
  [[nodiscard]] std::optional<std::string> lost(const Sight& sight,
                                                const Flags& shown) const;
  [[nodiscard]] std::optional<std::string> back(const Sight& sight,
                                                const Flags& shown) const;

  KeyOperations key_;
  std::vector<Write> writes_;       // as they began; what is covered is before
  std::vector<std::size_t> by_id_;  // from a place in key_.writes to one in writes_
};

}  // namespace kv
