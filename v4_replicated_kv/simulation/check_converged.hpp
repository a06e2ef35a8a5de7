// Do all owners of a key hold the same?
//
// Idea      when all faults are over and the owners had time to talk, their copies are
//           equal byte for byte: values, histories, tombstones.
// Breaks if reads are compared instead of copies: a read merges, and hides what differs.
// Breaks if an owner without the key is left out: then any number of lost copies agree.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "common/base/strong.hpp"
#include "v4_replicated_kv/simulation/client_operation.hpp"

namespace kv {

struct OwnersCopy {
  KeyNumber key{};
  NodeId owner{};
  std::string bytes;    // state_bytes of what it holds; empty if it holds nothing
  std::string words{};  // what that is, as a trace says it
};

// `copies` come in any order. A key with one copy agrees with itself.
[[nodiscard]] std::optional<Violation> check_converged(
    std::span<const OwnersCopy> copies);

}  // namespace kv
