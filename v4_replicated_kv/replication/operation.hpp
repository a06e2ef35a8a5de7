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
#include <string_view>
#include <utility>

#include "common/base/result.hpp"
#include "v4_replicated_kv/replication/effects.hpp"
#include "v4_replicated_kv/replication/messages.hpp"
#include "v4_replicated_kv/replication/owners.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/replication/suspects.hpp"
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
  Suspects& suspects;
  ValueRoom& room;
};

// A long value is under way for longer, and is not to be sent twice meanwhile: as much as a
// link of 10 MB/s needs for it, in ticks; or of 50 MB/s, where others may be asked instead.
[[nodiscard]] constexpr Tick time_to_send(std::size_t bytes) {
  return Tick{bytes / 10};
}
[[nodiscard]] constexpr Tick time_to_fetch(std::size_t bytes) {
  return Tick{bytes / 50};
}

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

  // What came to this round of an owner, by its place; or what was sent to it did surely not
  // arrive.
  void heard_from(std::size_t place, Message&& message, Desk& desk) {
    out_of_reach_.remove(place);
    answer(place, std::move(message), desk);
  }
  void bounced(std::size_t place, Desk& desk) {
    out_of_reach_.add(place);
    lost(place, desk);
  }

  // An owner says something to this round.
  virtual void answer(std::size_t place, Message&& message, Desk& desk) = 0;

  // That owner does not do what it was asked for.
  virtual void lost(std::size_t place, Desk& desk) = 0;

  // That owner is suspected from now on: it is no use to wait for it alone.
  virtual void suspected(std::size_t place, Desk& desk) = 0;

  // What it waited for in the room is there.
  virtual void has_room(const ValueLoan& /*loan*/, Desk& /*desk*/) {}

  // wake() has come, or is long past.
  void time(Desk& desk);

  // The coordinator has to stop.
  void abandon(Desk& desk);

  [[nodiscard]] const Call& call() const { return call_; }
  [[nodiscard]] Tick wake() const { return wake_; }
  [[nodiscard]] std::uint32_t round() const { return round_; }
  [[nodiscard]] bool is_done() const { return done_; }

 protected:
  // Some owners were silent for so long that they are asked again.
  virtual void again(Desk& desk) = 0;
  // Sooner, and once: others are asked in their place. Not for who asked all owners at once.
  virtual void hedge(Desk& /*desk*/) {}

  // How far it got, if it has to end now without success.
  struct Failing {
    Outcome outcome;            // refused: nothing of it can be stored anywhere
    std::size_t answers;        // owners that did what they were asked for
    std::string_view they_did;  // what that was, for a person
  };
  [[nodiscard]] virtual Failing failing(Trouble trouble) const = 0;
  // What it means that the deadline is over.
  [[nodiscard]] virtual Trouble lateness() const { return Trouble::timed_out; }

  // Replies that it did not work. An empty `detail` counts the owners; what the last of them
  // said was wrong is added, and is the trouble where they say no.
  void give_up(Trouble trouble, std::string detail, Desk& desk);

  // An owner says why it does not do what it was asked for.
  void note_failure(const Error& error) { failure_ = error; }
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }

  template <class Body>
  void send(std::size_t place, Body body, Desk& desk) const {
    Message& message = desk.out.post(std::move(body));
    message.to = call_.owners.at(place);
    message.operation = call_.id;
    message.round = round_;
  }

  // The client hears from an operation once.
  void reply(Reply reply, Desk& desk);
  [[nodiscard]] bool has_replied() const { return replied_; }

  // Has something left to do for the owners after the reply, until finish().
  void stay() { done_ = false; }
  void finish() { done_ = true; }

  void set_wake(Tick now) { wake_ = std::min(now + call_.again_every, call_.deadline); }
  // The same, and hedge() after so long, if that is sooner.
  void set_wake_to_hedge(Tick now, Tick after) {
    set_wake(now);
    hedge_until_ = wake_;
    wake_ = std::min(wake_, now + after);
  }
  void next_round() { ++round_; }
  // It asks again later than it would, from now on; it hedges when it would.
  void be_patient(Tick longer, Tick now);
  // It goes on with others.
  void turn_to(const Owners& owners) {
    call_.owners = owners;
    out_of_reach_ = {};
  }

 private:
  // How many did what was asked of them, and what is known of those who did not.
  [[nodiscard]] std::string count_owners(const Failing& failing, Trouble trouble) const;

  Call call_;
  Tick wake_{};
  std::uint32_t round_ = 0;
  Tick hedge_until_{};  // if it wakes before
  bool replied_ = false;
  bool done_ = false;
  std::optional<Error> failure_{};
  OwnerSet out_of_reach_;
};

// What a failure at an owner means to the client.
[[nodiscard]] Trouble trouble_of(const Error& error);

}  // namespace kv
