// One connection to the store: its bytes on the way out and in, and who waits for what.
//
// Threads   one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/bench/dial.hpp"
#include "v4_replicated_kv/bench/dialect.hpp"
#include "v4_replicated_kv/bench/schedule.hpp"
#include "v4_replicated_kv/runtime/descriptor.hpp"

namespace kv::bench {

struct Connection {
  enum class State : std::uint8_t { closed, opening, open };

  Address address{};
  std::unique_ptr<Dialect> dialect{};
  State state = State::closed;
  Descriptor socket{};
  std::string in{};   // bytes of an answer that is not whole
  std::string out{};  // requests
  std::size_t sent = 0;
  bool waits_for_room = false;          // the kernel takes no more of `out` now
  std::deque<std::size_t> under_way{};  // seats, in the order of their requests
  Ns since = 0;                         // when its opening began
  Ns retry_at = 0;

  // What the kernel takes of `out`. Errc::io, in the system's words.
  [[nodiscard]] Result<void> send_some();

  // The next bytes, into `buffer`; none yet: empty. Errc::io where no more will come.
  [[nodiscard]] Result<std::string_view> receive(std::span<char> buffer) const;

  // Nothing is kept of it but its address; `under_way` is the caller's to clear.
  void drop(Ns retry);
};

}  // namespace kv::bench
