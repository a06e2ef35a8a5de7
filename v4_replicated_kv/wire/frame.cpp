#include "v4_replicated_kv/wire/frame.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "common/base/check.hpp"
#include "common/hash/crc32c.hpp"

namespace kv {

namespace {

// The magic, and form 1 of this header: what each frame begins with.
constexpr std::string_view kBegin{"KVPR\x01\x00", 6};
constexpr std::size_t kSummedHeaderBytes = kFrameHeaderBytes - sizeof(std::uint32_t);

bool is_frame_kind(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(FrameKind::greeting) &&
         kind <= static_cast<std::uint8_t>(FrameKind::credit);
}

bool is_channel(std::uint8_t channel) {
  return channel >= static_cast<std::uint8_t>(Channel::control) &&
         channel <= static_cast<std::uint8_t>(Channel::bulk);
}

}  // namespace

void append_frame(std::string& out, const Frame& frame) {
  KV_CHECK(!frame.body.empty() && frame.body.size() <= kFrameBodyMax,
           "a body has 1 byte to 256 KiB: what is longer goes in pieces");
  const std::size_t begin = out.size();
  out += kBegin;
  append_le(out, static_cast<std::uint8_t>(frame.kind));
  append_le(out, static_cast<std::uint8_t>(frame.channel));
  append_le(out, static_cast<std::uint32_t>(frame.body.size()));
  append_le(out, crc32c(frame.body));
  append_le(out, crc32c(std::string_view(out).substr(begin)));
  out += frame.body;
}

void FrameParser::feed(std::string_view bytes) {
  if (failure_) return;
  bytes_.erase(0, taken_);
  dropped_ += taken_;
  taken_ = 0;
  bytes_ += bytes;
}

Result<std::optional<Frame>> FrameParser::refuse(std::string_view what) {
  failure_ = Error{.code = Errc::corrupt,
                   .detail = fmt::format("connection of a peer: the frame at byte {} {}; "
                                         "close the connection",
                                         dropped_ + taken_, what)};
  bytes_ = {};
  taken_ = 0;
  return std::unexpected(*failure_);
}

Result<std::optional<Frame>> FrameParser::next() {
  if (failure_) return std::unexpected(*failure_);
  const std::string_view left = std::string_view(bytes_).substr(taken_);
  const std::size_t known = std::min(left.size(), kBegin.size());
  if (left.substr(0, known) != kBegin.substr(0, known)) {
    return refuse("does not begin like one of this version: does a peer speak there?");
  }
  if (left.size() < kFrameHeaderBytes) return std::nullopt;
  ByteReader header(left.substr(kBegin.size()));
  const auto kind = header.number<std::uint8_t>();
  const auto channel = header.number<std::uint8_t>();
  const std::size_t length = header.number<std::uint32_t>();
  const auto body_crc = header.number<std::uint32_t>();
  if (crc32c(left.substr(0, kSummedHeaderBytes)) != header.number<std::uint32_t>()) {
    return refuse("has a header that does not match its checksum");
  }
  if (!is_frame_kind(kind)) return refuse("is of a kind that this version does not know");
  if (!is_channel(channel)) return refuse("is of no channel that this version knows");
  if (length == 0) return refuse("is empty");
  if (length > body_max_) {
    return refuse(fmt::format("announces {} bytes, where {} may be", length, body_max_));
  }
  if (left.size() < kFrameHeaderBytes + length) return std::nullopt;
  const std::string_view body = left.substr(kFrameHeaderBytes, length);
  if (crc32c(body) != body_crc) return refuse("does not match its checksum");
  taken_ += kFrameHeaderBytes + length;
  return Frame{.kind = static_cast<FrameKind>(kind),
               .channel = static_cast<Channel>(channel),
               .body = body};
}

}  // namespace kv
