#include "v4_replicated_kv/wire/outbox.hpp"

#include <string_view>
#include <utility>
#include <variant>

#include "v4_replicated_kv/wire/message_bytes.hpp"
#include "v4_replicated_kv/wire/pieces.hpp"

namespace kv {

Channel channel_of(const Message& message) {
  const auto is = [&]<class... Bodies>() {
    return (std::holds_alternative<Bodies>(message.body) || ...);
  };
  if (is.operator()<Hello, KnownAs, Heartbeat>()) return Channel::control;
  if (is.operator()<Pull, Page>()) return Channel::bulk;
  return Channel::data;
}

Result<void> Outbox::add(const Message& message) {
  const std::size_t before = batch_.size();
  if (auto added = append_message(batch_, policy_, message); !added) return added;
  if (batch_.size() <= kFrameBodyMax) return {};
  // It is one too many: it begins the next frame, or goes in frames of its own.
  const std::string last = batch_.substr(before);
  batch_.resize(before);
  close_frame();
  if (last.size() > kFrameBodyMax) {
    append_pieces(frames_, channel_, last);
  } else {
    batch_ = last;
  }
  return {};
}

void Outbox::close_frame() {
  if (batch_.empty()) return;
  append_frame(frames_,
               {.kind = FrameKind::messages, .channel = channel_, .body = batch_});
  batch_.clear();
}

std::string Outbox::take() {
  close_frame();
  return std::exchange(frames_, {});
}

}  // namespace kv
