#include "v4_replicated_kv/wire/pieces.hpp"

#include "common/base/check.hpp"
#include "v4_replicated_kv/wire/message_bytes.hpp"

namespace kv {

void append_pieces(std::string& out, Channel channel, std::string_view bytes) {
  KV_CHECK(bytes.size() > kFrameBodyMax, "what fits into a frame goes in one");
  for (; bytes.size() > kFrameBodyMax; bytes.remove_prefix(kFrameBodyMax)) {
    append_frame(out, {.kind = FrameKind::piece,
                       .channel = channel,
                       .body = bytes.substr(0, kFrameBodyMax)});
  }
  append_frame(out, {.kind = FrameKind::last_piece, .channel = channel, .body = bytes});
}

Result<std::optional<std::string_view>> PieceJoiner::take(const Frame& frame) {
  const auto refuse = [](const char* what) {
    return fail(Errc::corrupt,
                std::string("connection of a peer: ") + what + "; close the connection");
  };
  if (whole_) joined_ = {};
  if (frame.kind == FrameKind::messages) {
    if (!whole_) return refuse("a piece was to follow");
    return frame.body;
  }
  const bool is_last = frame.kind == FrameKind::last_piece;
  if (!is_last && frame.kind != FrameKind::piece)
    return refuse("a frame that carries no message");
  if (is_last && joined_.empty()) return refuse("a last piece without a first");
  if (!is_last && frame.body.size() != kFrameBodyMax) return refuse("a small piece");
  if (joined_.size() + frame.body.size() > kMessageBytesMax) {
    return refuse("pieces of a message that is too long");
  }
  joined_ += frame.body;
  whole_ = is_last;
  if (!is_last) return std::nullopt;
  return joined_;
}

}  // namespace kv
