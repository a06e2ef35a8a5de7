// How many files and sockets this process may have open.
//
// Why       a shell gives a program 1,024 of them, and lets it ask for more; the limit of
//           connections promises 20,000. And who listens for gRPC counts no connections: this
//           limit is theirs.
#pragma once

#include <cstddef>

namespace kv {

// What all doors may need, and the files of the log.
[[nodiscard]] std::size_t descriptors_for(std::size_t connections_max);

// Asks for so many, or as many as the system lets us have; how many there are now.
std::size_t allow_descriptors(std::size_t wanted);

}  // namespace kv
