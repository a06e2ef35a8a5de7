// Refounding's questions and answers, as kv.v1 carries them within an introduction.
#pragma once

#include <kv/v1/peer.pb.h>

#include "common/base/result.hpp"
#include "v4_replicated_kv/membership/refounding_messages.hpp"

namespace kv {

void write(v1::RefoundQuestion& out, const RefoundQuestion& question);
void write(v1::RefoundAnswer& out, const RefoundAnswer& answer);

// Errc::corrupt, with what is wrong, for what makes no sense.
[[nodiscard]] Result<RefoundQuestion> read(const v1::RefoundQuestion& in);
[[nodiscard]] Result<RefoundAnswer> read(const v1::RefoundAnswer& in);

}  // namespace kv
