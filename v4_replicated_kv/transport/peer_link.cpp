#include "v4_replicated_kv/transport/peer_link.hpp"

#include <utility>

#include <fmt/format.h>

#include "common/base/bytes.hpp"
#include "v4_replicated_kv/wire/message_bytes.hpp"

namespace kv {

namespace {

// Credit is given again in portions: a frame of it for each frame of pages would be many. With
// so much kept back the peer still has enough for the longest frame.
constexpr std::size_t kGrantAtOnce = PeerLink::kBulkWindow / 4;
static_assert(PeerLink::kBulkWindow - kGrantAtOnce >= kFrameBodyMax);

// Where a frame's header has the length of its body.
constexpr std::size_t kLengthAt = 8;

std::unexpected<Error> refuse(NodeId peer, std::string_view what) {
  return fail(
      Errc::corrupt,
      fmt::format("connection of node {}: {}; close the connection", peer.raw(), what));
}

}  // namespace

PeerLink PeerLink::dialling(const PeerIdentity& self, NodeId whom, Channel channel) {
  PeerLink link(
      self, Handshake(Handshake::Side::dials, self.greeting, self.secret, whom, channel));
  link.words_ = link.handshake_.first_words();
  return link;
}

PeerLink PeerLink::listening(const PeerIdentity& self) {
  return {self, Handshake(Handshake::Side::listens, self.greeting, self.secret)};
}

PeerLink::PeerLink(const PeerIdentity& self, Handshake handshake)
    : self_(self.greeting.node),
      policy_(self.policy),
      handshake_(std::move(handshake)),
      parser_(kHandshakeBodyMax) {}

Result<void> PeerLink::feed(std::string_view bytes, Sink& sink) {
  parser_.feed(bytes);
  for (;;) {
    const auto frame = parser_.next();
    if (!frame) return std::unexpected(frame.error());
    if (!frame->has_value()) return {};
    auto taken = is_greeted() ? on(**frame, sink) : first_words(**frame, sink);
    if (!taken) return taken;
  }
}

Result<void> PeerLink::first_words(const Frame& frame, Sink& sink) {
  auto answer = handshake_.take(frame);
  if (!answer) return std::unexpected(answer.error());
  words_ += *answer;
  if (!is_greeted()) return {};
  parser_.set_body_max(kFrameBodyMax);
  outbox_.emplace(policy_, channel());
  if (channel() == Channel::bulk) grant(kBulkWindow);
  return sink.greeted(peer(), channel());
}

Result<void> PeerLink::on(const Frame& frame, Sink& sink) {
  if (frame.channel != channel()) {
    return refuse(peer().node, "a frame of another channel");
  }
  if (frame.kind == FrameKind::credit) return granted(frame.body);
  if (auto paid = use_up(frame.body.size()); !paid) return paid;
  const auto whole = joiner_.take(frame);
  if (!whole) return std::unexpected(whole.error());
  if (!whole->has_value()) return {};
  return messages(**whole, sink);
}

Result<void> PeerLink::messages(std::string_view bytes, Sink& sink) {
  MessageReader reader(policy_, bytes);
  for (;;) {
    Message message;
    const auto read = reader.next(message);
    if (!read) return std::unexpected(read.error());
    if (!*read) return {};
    if (message.from != peer().node) {
      return refuse(peer().node, fmt::format("a message that says it is of node {}",
                                             message.from.raw()));
    }
    if (message.to != self_) {
      return refuse(peer().node, fmt::format("a message for node {}", message.to.raw()));
    }
    if (channel_of(message) != channel()) {
      return refuse(peer().node, "a message of another channel");
    }
    sink.came(std::move(message));
  }
}

Result<void> PeerLink::granted(std::string_view body) {
  ByteReader in(body);
  const std::size_t bytes = in.number<std::uint32_t>();
  const bool is_fine = in.ok() && in.left() == 0 && channel() == Channel::bulk &&
                       bytes <= kBulkWindow - credit_;
  if (!is_fine) return refuse(peer().node, "credit that cannot be");
  credit_ += bytes;
  return {};
}

// What came is paid for, and given again when it has been worked off.
Result<void> PeerLink::use_up(std::size_t bytes) {
  if (channel() != Channel::bulk) return {};
  if (bytes > may_come_) return refuse(peer().node, "more pages than it has credit for");
  may_come_ -= bytes;
  to_grant_ += bytes;
  return {};
}

void PeerLink::give_credit() {
  if (to_grant_ >= kGrantAtOnce) grant(std::exchange(to_grant_, 0));
}

void PeerLink::grant(std::size_t bytes) {
  may_come_ += bytes;
  std::string body;
  append_le(body, static_cast<std::uint32_t>(bytes));
  append_frame(words_,
               {.kind = FrameKind::credit, .channel = Channel::bulk, .body = body});
}

// How many bytes of `frames_`, whole frames, may go; their bodies are paid for.
std::size_t PeerLink::within_credit() {
  std::size_t end = 0;
  while (end < frames_.size()) {
    ByteReader header(std::string_view(frames_).substr(end + kLengthAt));
    const std::size_t body = header.number<std::uint32_t>();
    if (body > credit_) break;
    credit_ -= body;
    end += kFrameHeaderBytes + body;
  }
  return end;
}

std::string PeerLink::take() {
  std::string bytes = std::exchange(words_, {});
  if (!outbox_) return bytes;
  if (channel() != Channel::bulk) {
    if (bytes.empty()) return outbox_->take();
    return bytes + outbox_->take();
  }
  frames_ += outbox_->take();
  const std::size_t end = within_credit();
  bytes.append(frames_, 0, end);
  frames_.erase(0, end);
  return bytes;
}

std::size_t PeerLink::waiting() const {
  return words_.size() + frames_.size() + (outbox_ ? outbox_->bytes() : 0);
}

}  // namespace kv
