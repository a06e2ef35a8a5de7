#include "v4_replicated_kv/transport/grpc/grpc_wire.hpp"

#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "common/base/text.hpp"
#include "v4_replicated_kv/wire/frame.hpp"

namespace kv {

namespace {

// Where a frame's header has the length of its body.
constexpr std::size_t kLengthAt = 8;

// What the other side hears; why in particular is for this node's log.
grpc::Status status_of(const Error& why) {
  switch (why.code) {
    case Errc::corrupt:
      return {
          grpc::StatusCode::INVALID_ARGUMENT,
          "this is not what a peer may say here: see v4_replicated_kv/wire/FORMAT.md"};
    case Errc::conflict:
      return {grpc::StatusCode::PERMISSION_DENIED,
              "this node does not want this stream: its log says why"};
    default:
      return {grpc::StatusCode::UNAVAILABLE, "this node ends the stream"};
  }
}

}  // namespace

std::size_t packet_of(std::string_view frames) {
  std::size_t end = 0;
  while (end < frames.size()) {
    ByteReader header(frames.substr(end + kLengthAt));
    const std::size_t next = end + kFrameHeaderBytes + header.number<std::uint32_t>();
    if (next > kPacketBytesMax) break;
    end = next;
  }
  return end;
}

void GrpcWire::start() {
  stream_->wire = weak_from_this();
  write();
  stream_->read();
}

void GrpcWire::write() {
  if (under_way_ > 0 || is_closed_) return;
  if (written_ == queued_.size()) {
    queued_ = link().take();
    written_ = 0;
    if (queued_.empty()) return;
  }
  const auto left = std::string_view(queued_).substr(written_);
  under_way_ = packet_of(left);
  stream_->write(std::string(left.substr(0, under_way_)));
}

void GrpcWire::go_on_writing() {
  written_ += std::exchange(under_way_, 0);
  write();
}

void GrpcWire::take(const std::string& frames) {
  if (is_closed_) return;
  if (frames.empty() || frames.size() > kPacketBytesMax) {
    return close({Errc::corrupt, fmt::format("stream of a peer: a packet of {} bytes; a "
                                             "packet has 1 to {}",
                                             frames.size(), kPacketBytesMax)});
  }
  const auto fed = link().feed(frames, *this);
  if (is_closed_) return;
  if (!fed) return close(fed.error());
  if (link().is_greeted()) owner_.heard(shared_from_this());
  write();
  stream_->taken(frames.size());
}

Result<void> GrpcWire::greeted(const Greeting& /*peer*/, Channel /*channel*/) {
  return owner_.greeted(shared_from_this());
}

void GrpcWire::broke(const grpc::Status& status) {
  close({Errc::io, fmt::format("stream of a peer: it ended, with {}: {}",
                               static_cast<int>(status.error_code()),
                               printable(status.error_message()))});
}

void GrpcWire::close(const Error& why) {
  if (std::exchange(is_closed_, true)) return;
  stream_->end(status_of(why));
  owner_.ended(*this, why);
}

}  // namespace kv
