// What the system says that a process takes, from /proc.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <sys/types.h>

#include "common/base/binary_units.hpp"

namespace kv::test {

// Whether these are figures of a sanitizer. It keeps what was freed, and looks at objects
// through a pipe: without descriptors it takes none for what it is.
inline constexpr bool kIsSanitized = !std::string_view(KV_SANITIZE).empty();

// Memory that it has now, and the most that it ever had.
[[nodiscard]] std::uint64_t resident_bytes(pid_t process);
[[nodiscard]] std::uint64_t most_resident_bytes(pid_t process);

// Of all its threads, since it began.
[[nodiscard]] std::chrono::milliseconds cpu_time(pid_t process);

// Files and sockets that it has open.
[[nodiscard]] std::size_t open_descriptors(pid_t process);

}  // namespace kv::test
