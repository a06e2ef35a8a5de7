// Messages that are longer than a frame, in pieces, and together again.
//
// Idea      pieces of one channel follow one another; frames of other channels may come
//           between. All but the last are full, so that there is one way to cut.
// Breaks if  pieces may be small: a peer that sends one byte a frame would keep a buffer open
//            for ever. Or if the room is kept: a connection that once carried a long value
//            would hold on to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "v4_replicated_kv/wire/frame.hpp"

namespace kv {

// Appends frames that together carry `bytes`, of which there are more than kFrameBodyMax.
void append_pieces(std::string& out, Channel channel, std::string_view bytes);

// Puts together what came on one channel. Not thread-safe.
class PieceJoiner {
 public:
  // The messages that are whole with this frame, valid until the next call or as long as the
  // frame is; nothing while pieces are missing. Errc::corrupt for frames that append_pieces
  // and append_frame do not make in this order, and for more than kMessageBytesMax.
  [[nodiscard]] Result<std::optional<std::string_view>> take(const Frame& frame);

  [[nodiscard]] std::size_t waiting() const { return whole_ ? 0 : joined_.size(); }

 private:
  std::string joined_;
  bool whole_ = true;
};

}  // namespace kv
