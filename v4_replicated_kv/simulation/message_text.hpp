// Messages, requests and replies in a few words.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/strong.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv {

// Whose disk life an actor is, for dots: [n1:7].
using ActorNames = std::map<ActorId, std::string>;

// What people call the kinds of messages, by Message::body.index().
inline constexpr std::array<std::string_view,
                            std::variant_size_v<decltype(Message::body)>>
    kMessageWords{"store", "mint",  "minted", "push", "ack",       "ask",  "holds",
                  "hello", "known", "pull",   "page", "heartbeat", "list", "lists"};

// A key or a value: what can be printed of its first 24 bytes, without what fills it up.
[[nodiscard]] std::string word(const std::string& bytes);

// People count from 1: n1, n2, n3.
[[nodiscard]] std::string name_of(NodeId node);

[[nodiscard]] std::string text_of(const Message& message, const ActorNames& names);
[[nodiscard]] std::string text_of(const Request& request);

// What a reply is measured by: N, and the clock of who replied.
struct ReplyFrame {
  std::size_t copies = 0;
  bool is_read = false;
  WallMs wall{};
};
[[nodiscard]] std::string text_of(const Reply& reply, const ReplyFrame& frame);

// What a client is told it has read: "apples", "pears, plums" or "nothing".
[[nodiscard]] std::string values_text(const KeyState& state, WallMs wall);

// The key that it is about; empty for none.
[[nodiscard]] std::string key_of(const Message& message);

// Whether it is about the cluster itself: who a node is, and copying after a loss.
[[nodiscard]] bool is_chatter(const Message& message);

}  // namespace kv
