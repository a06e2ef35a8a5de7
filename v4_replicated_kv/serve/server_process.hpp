// One node, from its settings to the signal that ends it.
//
//   gRPC listens ---> formation ---> the node, its peers, its doors ---> a signal, or a disk
//                                                                        that fails
#pragma once

#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"

namespace kv {

// Returns when the process was told to stop, and has. Errors: what keeps it from serving, and
// Errc::stopped once its disk failed. Blocks the signals that stop it; call it on the first
// thread, before there are others.
[[nodiscard]] Result<void> serve(const Settings& settings);

}  // namespace kv
