#include "v4_replicated_kv/wire/handshake.hpp"

#include <fmt/format.h>

#include "v4_replicated_kv/wire/secret.hpp"

namespace kv {

namespace {

// What is summed first, so that a proof is of no use elsewhere.
std::string_view label_of(Handshake::Side side) {
  return side == Handshake::Side::dials ? "kv peer proof 1, of who dials"
                                        : "kv peer proof 1, of who listens";
}

Handshake::Side other(Handshake::Side side) {
  return side == Handshake::Side::dials ? Handshake::Side::listens
                                        : Handshake::Side::dials;
}

}  // namespace

Handshake::Handshake(Side side, const Greeting& mine, std::string secret,
                     std::optional<NodeId> whom, Channel channel)
    : side_(side),
      mine_(mine),
      secret_(std::move(secret)),
      whom_(whom),
      channel_(channel) {
  mine_.has_secret = !secret_.empty();
}

std::string Handshake::first_words() const {
  if (side_ == Side::listens) return {};
  return frame_of(FrameKind::greeting, greeting_bytes(mine_));
}

Result<std::string> Handshake::take(const Frame& frame) {
  const bool may_choose = side_ == Side::listens && step_ == Step::greeting;
  if (may_choose) channel_ = frame.channel;
  const FrameKind due = step_ == Step::greeting ? FrameKind::greeting : FrameKind::proof;
  const bool is_due = (step_ == Step::greeting || step_ == Step::proof) &&
                      frame.kind == due && frame.channel == channel_;
  auto answer = !is_due                      ? fail(Errc::corrupt,
                                                    "connection of a peer: a frame that was not its turn; "
                                                                         "close the connection")
                : due == FrameKind::greeting ? greeted(frame.body)
                                             : proved(frame.body);
  if (!answer) step_ = Step::failed;
  return answer;
}

Result<std::string> Handshake::greeted(std::string_view body) {
  const auto theirs = parse_greeting(body);
  if (!theirs) return std::unexpected(theirs.error());
  if (auto accepted = accept(*theirs); !accepted) {
    return std::unexpected(accepted.error());
  }
  const auto version = common_version(mine_, *theirs);
  if (!version) return std::unexpected(version.error());
  theirs_ = *theirs;
  version_ = *version;
  step_ = secret_.empty() ? Step::done : Step::proof;
  if (side_ == Side::listens) return frame_of(FrameKind::greeting, greeting_bytes(mine_));
  if (secret_.empty()) return std::string();
  return frame_of(FrameKind::proof, proof_of(Side::dials));
}

Result<void> Handshake::accept(const Greeting& theirs) const {
  if (theirs.cluster != mine_.cluster) {
    return fail(
        Errc::conflict,
        fmt::format("node {} is of cluster {:016x}, and this one of {:016x}: check "
                    "the addresses it was started with",
                    theirs.node.raw(), theirs.cluster.raw(), mine_.cluster.raw()));
  }
  if (theirs.node == mine_.node) {
    return fail(Errc::conflict,
                fmt::format("the peer calls itself node {}, as this one does: no two may "
                            "have one name",
                            mine_.node.raw()));
  }
  if (whom_ && theirs.node != *whom_) {
    return fail(Errc::conflict,
                fmt::format("node {} answers where node {} should: has its address "
                            "changed?",
                            theirs.node.raw(), whom_->raw()));
  }
  if (theirs.has_secret != mine_.has_secret) {
    return fail(
        Errc::conflict,
        fmt::format("node {} has {} secret, and this one has {}: give all the same",
                    theirs.node.raw(), theirs.has_secret ? "a" : "no",
                    mine_.has_secret ? "one" : "none"));
  }
  return {};
}

Result<std::string> Handshake::proved(std::string_view body) {
  if (!same_bytes(body, proof_of(other(side_)))) {
    return fail(Errc::conflict, fmt::format("node {} does not know the cluster's secret: "
                                            "check its token file",
                                            theirs_.node.raw()));
  }
  step_ = Step::done;
  if (side_ == Side::dials) return std::string();
  return frame_of(FrameKind::proof, proof_of(Side::listens));
}

std::string Handshake::proof_of(Side side) const {
  const bool dialled = side_ == Side::dials;
  std::string text(label_of(side));
  text += static_cast<char>(channel_);
  text += greeting_bytes(dialled ? mine_ : theirs_);
  text += greeting_bytes(dialled ? theirs_ : mine_);
  return keyed_sum(secret_, text);
}

std::string Handshake::frame_of(FrameKind kind, std::string_view body) const {
  std::string out;
  append_frame(out, {.kind = kind, .channel = channel_, .body = body});
  return out;
}

}  // namespace kv
