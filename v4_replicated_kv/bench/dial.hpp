// From the name of an endpoint to a socket.
#pragma once

#include <string>

#include <sys/socket.h>

#include "common/base/result.hpp"
#include "v4_replicated_kv/bench/bench_words.hpp"
#include "v4_replicated_kv/bench/schedule.hpp"
#include "v4_replicated_kv/runtime/descriptor.hpp"

namespace kv::bench {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  std::string text{};  // as it was typed
};

// Asks the system once: a name looked up in the middle would stop the thread.
[[nodiscard]] Result<Address> find_address(const Endpoint& endpoint);

// A socket that does not block; the connection may still be on its way.
[[nodiscard]] Result<Descriptor> begin_connection(const Address& address);

// Once it can be written to: whether it is there.
[[nodiscard]] Result<void> end_connection(int socket, const Address& address);

// Both, waiting for so long at most.
[[nodiscard]] Result<Descriptor> connect_within(const Address& address, Ns patience);

}  // namespace kv::bench
