// Whether what clients saw of one register is regular.
#pragma once

#include <vector>

#include "tests/simulation/told.hpp"
#include "v4_replicated_kv/simulation/check_regular.hpp"

namespace kv::test {

inline bool regular(const std::vector<ClientOperation>& operations) {
  return !check_regular(history_of(operations));
}

}  // namespace kv::test
