// Stores on the simulated disk.
#pragma once

#include <memory>

#include "tests/storage/disks.hpp"
#include "v4_replicated_kv/runtime/store.hpp"

namespace kv::test {

inline std::unique_ptr<Store> open_on(const Platter& platter,
                                      const StoreOptions& options) {
  return value(Store::open(value(open_simulated_disk(platter)), options));
}

}  // namespace kv::test
