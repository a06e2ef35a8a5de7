// A client's request while owners are being asked: what all kinds of them have in common.
//
//   begin() --> messages to owners --> answer(), answer(), ... --> a reply to the client
//                        |
//                        +--> time(): ask again, ask others, or give up
//
// Idea      an operation is a small state machine. It is told what happened, writes down what
//           is to be sent, and never waits.
// Breaks if  an owner that answers twice is counted twice, or an answer to an earlier round
//            is counted in this one: OwnerSet and Message::round see to that.
// Threads   one at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "common/base/check.hpp"
#include "v4_replicated_kv/replication/effects.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/owners.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/versioning/identity.hpp"

namespace kv {

// When a step happens. `wall` is for expiry and nothing else.
struct Moment {
  Tick now;
  WallMs wall;
};

// What an operation works with during a call.
struct Desk {
  Effects& out;
  Moment at;
  DotSource& dots;
  NodeId self;
};

// The client's request, and whom it concerns.
struct Call {
  OperationId id;
  Ticket ticket;
  std::string key;
  KeyHash hash;
  Owners owners;
  Demand demand;
  Tick deadline;     // when to give up
  Tick again_every;  // how long to wait for an owner before it is asked again
};

class Operation {
 public:
  explicit Operation(Call call) : call_(std::move(call)) {}
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;

  virtual void begin(Desk& desk) = 0;

  // An owner, by its place, says something to this round.
  virtual void answer(std::size_t place, Message message, Desk& desk) = 0;

  // What was sent to that owner did surely not arrive.
  virtual void lost(std::size_t place, Desk& desk) = 0;

  // wake() has come, or is long past.
  void time(Desk& desk) {
    if (desk.at.now >= call_.deadline) return give_up(Trouble::timed_out, "", desk);
    wake_ = std::min(desk.at.now + call_.again_every, call_.deadline);
    again(desk);
  }

  // The coordinator has to stop.
  void abandon(Desk& desk) {
    if (!replied_) give_up(Trouble::not_ready, "the node that was asked stopped", desk);
  }

  [[nodiscard]] const Call& call() const { return call_; }
  [[nodiscard]] Tick wake() const { return wake_; }
  [[nodiscard]] std::uint32_t round() const { return round_; }
  [[nodiscard]] bool is_done() const { return done_; }

 protected:
  // Some owners were silent for so long that they are asked again.
  virtual void again(Desk& desk) = 0;

  // Replies that it did not work, and what may be left of it.
  virtual void give_up(Trouble trouble, std::string detail, Desk& desk) = 0;

  template <class Body>
  void send(std::size_t place, Body body, Desk& desk) const {
    Message& message = desk.out.post(std::move(body));
    message.to = call_.owners.at(place);
    message.operation = call_.id;
    message.round = round_;
  }

  // The client hears from an operation once.
  void reply(Reply reply, Desk& desk) {
    KV_CHECK(!std::exchange(replied_, true), "a request has one answer");
    reply.ticket = call_.ticket;
    desk.out.reply.push_back(std::move(reply));
    done_ = true;
  }
  [[nodiscard]] bool has_replied() const { return replied_; }

  // Has something left to do for the owners after the reply, until finish().
  void stay() { done_ = false; }
  void finish() { done_ = true; }

  void set_first_wake(Tick now) {
    wake_ = std::min(now + call_.again_every, call_.deadline);
  }
  void next_round() { ++round_; }

 private:
  Call call_;
  Tick wake_{};
  std::uint32_t round_ = 0;
  bool replied_ = false;
  bool done_ = false;
};

// What a failure at an owner means to the client.
[[nodiscard]] inline Trouble trouble_of(const Error& error) {
  switch (error.code) {
    case Errc::disk_full:
      return Trouble::disk_full;
    case Errc::too_large:
      return Trouble::too_large;
    case Errc::conflict:
      return Trouble::conflict;
    case Errc::bad_usage:
      return Trouble::bad_request;
    default:
      return Trouble::not_reached;
  }
}

}  // namespace kv
