// The number behind a host's name, looked up once: a door listens at a number.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/address.hpp"

namespace kv {

// Waits for the network where the host is a name. Errc::not_found for one that has no number.
[[nodiscard]] Result<std::string> number_of(const Address& address);

}  // namespace kv
