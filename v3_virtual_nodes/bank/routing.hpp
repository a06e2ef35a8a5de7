// Which database a record belongs to: a table that nobody changes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/placement.hpp"
#include "v3_virtual_nodes/bank/database.hpp"
#include "v3_virtual_nodes/bank/ring.hpp"

namespace kv::bank {

struct Member {
  Node node;
  std::shared_ptr<Database> database;
};

// A change of membership makes a new table and leaves the old one to those who still read
// it; the last of them frees it, and with it the database that left.
struct Routing {
  Ring ring;
  std::vector<std::optional<Member>> members;  // by NodeId; empty for one that left

  [[nodiscard]] bool empty() const {
    for (const auto& member : members) {
      if (member) return false;
    }
    return true;
  }

  // The database that a record at `position` belongs to; there has to be one.
  [[nodiscard]] Database& owner(KeyHash position) const {
    return *members[ring.owner(position).raw()]->database;
  }
};

}  // namespace kv::bank
