// Whether a server can listen where it is to: asked before anything is founded, and answered
// with the key that names the place.
//
// Breaks if  a cluster is founded on the disk first: a port that somebody has ends the start,
//            and leaves a directory that is in a cluster by itself for good.
// Left out  keeping the ports: whoever takes one in between is met when the door opens. The
//            port of gRPC: that is opened before, as nodes find each other by it.
#pragma once

#include "common/base/result.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"

namespace kv {

// Errc::io with the key and the address where somebody else listens, or nobody may.
[[nodiscard]] Result<void> check_ports_free(const Settings& settings);

}  // namespace kv
