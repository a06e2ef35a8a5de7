// Messages as people read them: "offer cart=apples [n1:7]".
#pragma once

#include <map>
#include <string>

#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/request.hpp"

namespace kv {

// Which node an actor is.
using ActorNames = std::map<ActorId, std::string>;

[[nodiscard]] std::string name_of(NodeId node);

[[nodiscard]] std::string text_of(const Message& message, const ActorNames& names);
[[nodiscard]] std::string text_of(const Request& request);
[[nodiscard]] std::string text_of(const Reply& reply, const ActorNames& names);

// The key that a message is about; empty where it is about none.
[[nodiscard]] std::string key_of(const Message& message);

}  // namespace kv
