// The flags by which every command that is a client says whom it asks.
#pragma once

#include <array>

#include "common/command_line/words.hpp"
#include "v4_replicated_kv/client/client.hpp"

namespace kv {

inline constexpr std::array kEndpointFlags{Flag{.name = "--endpoint"},
                                           Flag{.name = "--timeout-ms"}};

// `--endpoint HOST:PORT[,...]` and `--timeout-ms N`. Errc::bad_usage for what is no URL of a
// node.
[[nodiscard]] Result<ClientOptions> endpoint_options(const CommandWords& words);

}  // namespace kv
