// How much room in the log a message may need: known before it is handed to the core, so that
// the room is there when the core writes.
#pragma once

#include <cstddef>

#include "v4_replicated_kv/replication/messages.hpp"

namespace kv {

struct LogChange {
  std::size_t key_bytes = 0;
  std::size_t value_bytes = 0;
};

// The largest change that it may lead to; nothing if to none.
[[nodiscard]] LogChange largest_change(const Message& message);

}  // namespace kv
