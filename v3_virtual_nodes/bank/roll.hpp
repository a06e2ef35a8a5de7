// The names of all databases that a bank ever had, each with its own id.
//
// Why     a database that comes back is the same node again. And a ring has 16 bits for
//         an id, so a bank that goes on and on will one day have seen too many names.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "common/placement.hpp"

namespace kv::bank {

class Roll {
 public:
  // The name's id, or the next one that is free for a new name; nothing when kNodesMax
  // names have one.
  [[nodiscard]] std::optional<NodeId> id_for(const std::string& name) const {
    const auto known = ids_.find(name);
    if (known != ids_.end()) return known->second;
    if (ids_.size() == kNodesMax) return std::nullopt;
    return NodeId{static_cast<std::uint32_t>(ids_.size())};
  }

  // Gives the name the id that id_for has for it.
  void enter(const std::string& name) {
    if (const auto id = id_for(name)) ids_.try_emplace(name, *id);
  }

 private:
  std::map<std::string, NodeId> ids_;
};

}  // namespace kv::bank
