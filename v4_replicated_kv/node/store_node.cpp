#include "v4_replicated_kv/node/store_node.hpp"

#include <algorithm>
#include <utility>

#include "common/base/check.hpp"

namespace kv {

namespace {

// Answers go to whoever asked; all else is a request to this node as an owner.
template <class Body>
constexpr bool is_answer_to_coordinator =
    std::is_same_v<Body, Stored> || std::is_same_v<Body, Held> ||
    std::is_same_v<Body, Minted> || std::is_same_v<Body, Listed>;

}  // namespace

StoreNode::StoreNode(Engine& engine, const Boot& boot, const NodeRules& rules)
    : self_(boot.self),
      ring_(boot.ring),
      rules_(rules),
      boot_(boot),
      chance_(boot.seed),
      dots_(boot.actor, boot.reserved),
      lives_(boot.self, boot.ring, boot.is_founding),
      room_(rules.coordinator.reading_bytes_max),
      replica_(engine, rules.replica, dots_, lives_),
      coordinator_(boot.self, boot.ring, rules.replica, rules.coordinator, replica_,
                   chance_.next()),
      rejoin_(boot.self, boot.ring, rules.coordinator.quorum, replica_,
              OperationId{chance_.next()}),
      said_whole_(!boot.is_damaged && !boot.keys_unknown) {
  KV_CHECK(engine.index().partitions() == ring_->table.partitions(),
           "a store is cut like the table");
  KV_CHECK(rules.coordinator.quorum.n == ring_->table.copies(), "N is the table's");
}

void StoreNode::start(const Moment& at, Effects& out) {
  const std::size_t sent = out.send.size();
  if (boot_.keys_unknown) take_new_name();
  replica_.durable(boot_.durable, out);
  reserve_if_low(out);
  // A guest owns nothing, so there is nothing that it could have lost.
  const bool is_member = ring_->find(self_) != nullptr;
  if (is_member && !boot_.is_founding) {
    rejoin_.begin(boot_.is_damaged || boot_.keys_unknown, out);
    rejoin_wake_ = at.now + rules_.hello_every;
    lives_.asked_all(*rejoin_wake_);
  }
  sign(out, sent);
}

void StoreNode::step(const Moment& at, Input&& input, Effects& out) {
  const std::size_t sent = out.send.size();
  Desk desk{.out = out,
            .at = at,
            .dots = dots_,
            .self = self_,
            .suspects = suspects_,
            .room = room_};
  std::visit([&](auto&& event) { on(std::forward<decltype(event)>(event), desk); },
             std::move(input));
  serve_early(desk);
  reserve_if_low(out);
  say_if_whole(out);
  if (!failure_) lives_.ask(at.now, rules_.hello_every, rejoin_.hello(), out);
  sign(out, sent);
}

void StoreNode::on(Request&& request, Desk& desk) {
  if (is_ready()) return coordinator_.start(std::move(request), desk);
  const bool will_soon_be = !failure_ && !ring_->members.empty();
  if (!will_soon_be) return refuse(request, desk.out);
  early_.add(std::move(request), desk.at.now);
}

void StoreNode::refuse(const Request& request, Effects& out) const {
  out.reply.push_back({.ticket = request.ticket,
                       .outcome = Outcome::refused,
                       .trouble = Trouble::not_ready,
                       .detail = why_not_ready()});
}

void StoreNode::serve_early(Desk& desk) {
  if (early_.empty() || !is_ready()) return;
  while (!early_.empty()) {
    coordinator_.start(early_.take_oldest().request, desk);
  }
}

// All of them after a failure; else those that have waited for too long.
void StoreNode::refuse_early(Desk& desk) {
  while (!early_.empty() &&
         (failure_ || *early_.oldest() + rules_.early_patience <= desk.at.now)) {
    refuse(early_.take_oldest().request, desk.out);
  }
}

std::string StoreNode::why_not_ready() const {
  if (failure_) return "this node stopped: " + failure_->detail;
  if (ring_->members.empty()) return "this server has not found its cluster yet";
  return "this node has just started, and asks its peers who it was";
}

std::string_view StoreNode::lacks_because() const {
  if (rejoin_.has_all()) return "";
  if (boot_.keys_unknown) return "damage took keys that nobody can name";
  if (dots_.actor() != boot_.actor) {
    return "its disk went back: a peer has heard of more than is on it";
  }
  return "it began with nothing, or was ended while it copied";
}

void StoreNode::on(Message&& message, Desk& desk) {
  if (failure_ || message.epoch != ring_->epoch) return;
  suspects_.heard(message.from);
  remember(message);
  std::visit(
      [&](auto& body) {
        using Body = std::decay_t<decltype(body)>;
        if constexpr (std::is_same_v<Body, Stored>) {
          const bool is_own = message.from == self_;
          if (is_own && rejoin_.stored(message.operation, body, desk.out)) return;
        }
        if constexpr (is_answer_to_coordinator<Body>) {
          coordinator_.answer(std::move(message), desk);
        } else if constexpr (std::is_same_v<Body, Hello>) {
          const auto seen = peers_.find({message.from, message.standing.actor});
          KnownAs known;
          if (seen != peers_.end()) known.seen = seen->second;
          desk.out.send.push_back(answer_to(message, known));
        } else if constexpr (std::is_same_v<Body, KnownAs>) {
          known_as(message, body, desk.out);
        } else if constexpr (std::is_same_v<Body, Heartbeat>) {
          // Its standing was all that it says.
        } else if constexpr (std::is_same_v<Body, Page>) {
          rejoin_.page(message, std::move(body), desk.out);
        } else {
          replica_.handle(message, desk.out);
        }
      },
      message.body);
}

// What a peer's disk has, as far as it told; the largest, as messages overtake each other.
void StoreNode::remember(const Message& message) {
  if (message.from == self_ || message.standing.actor == ActorId{}) return;
  const Standing& told = message.standing;
  lives_.heard(message.from, told.actor);
  // The Hello of a node that went back must not raise anything, and cannot: max.
  auto& known = peers_[{message.from, told.actor}];
  known.actor = told.actor;
  known.durable = std::max(known.durable, told.durable);
  if (told.reserved > known.reserved) {
    known.reserved = told.reserved;
    replica_.heard_of(told.actor, told.reserved);
  }
}

void StoreNode::known_as(const Message& message, const KnownAs& known, Effects& out) {
  if (!rejoin_.has_asked(message)) return;
  lives_.answered(message.from, message.standing.actor, message.round);
  if (rejoin_.is_sure()) return;  // later it may have heard what this life told, too
  const bool went_back =
      known.seen && known.seen->actor == boot_.actor &&
      (known.seen->durable > boot_.durable || known.seen->reserved > boot_.reserved);
  // Numbers of the old name were given out that this disk does not know of.
  if (went_back && dots_.actor() == boot_.actor) take_new_name();
  rejoin_.heard(message.from, went_back, out);
}

void StoreNode::take_new_name() {
  dots_ = DotSource(mint_actor(chance_), 0);
  recorded_whole_ = false;
  reserving_.reset();
}

void StoreNode::on(const Undelivered& undelivered, Desk& desk) {
  if (!failure_) coordinator_.lost(undelivered.message, desk);
}

void StoreNode::on(LogDurable durable, Desk& desk) {
  if (failure_) return;
  replica_.durable(durable.seq, desk.out);
}

// From here on this node takes part in nothing: what its disk has is unknown. A restart
// reads it.
void StoreNode::on(LogFailed failed, Desk& desk) {
  if (failure_) return;
  failure_ = std::move(failed.cause);
  coordinator_.stop(desk);
  refuse_early(desk);
}

void StoreNode::on(Reserved reserved, Desk& desk) {
  if (reserved.reservation.actor == dots_.actor()) {
    dots_.extend(reserved.reservation.up_to);
    recorded_whole_ = reserved.reservation.is_whole;
  }
  if (reserving_ == reserved.reservation) reserving_.reset();
  reserve_if_low(desk.out);
}

void StoreNode::on(ValueRead read, Desk& desk) {
  if (!failure_) replica_.value_read(read.ticket, std::move(read.value), desk.out);
}

void StoreNode::on(Suspected suspected, Desk& desk) {
  if (failure_ || suspected.node == self_) return;
  const bool is_new = suspects_.told(suspected.node, suspected.is);
  if (is_new) coordinator_.suspected(suspected.node, desk);
}

void StoreNode::on(TimePassed, Desk& desk) {
  if (failure_) return;
  coordinator_.go_on(desk);
  coordinator_.time(desk);
  refuse_early(desk);
  if (!rejoin_wake_ || *rejoin_wake_ > desk.at.now) return;
  rejoin_wake_.reset();
  if (rejoin_.is_done()) return;
  rejoin_.again(desk.out);
  rejoin_wake_ = desk.at.now + rules_.hello_every;
}

void StoreNode::say_alive(NodeId to, Effects& out) const {
  if (failure_) return;
  const std::size_t sent = out.send.size();
  out.post(Heartbeat{}).to = to;
  sign(out, sent);
}

std::optional<Tick> StoreNode::wake() const {
  if (failure_) return std::nullopt;
  std::optional<Tick> soonest = coordinator_.wake();
  const auto also = [&](std::optional<Tick> wake) {
    if (wake) soonest = soonest ? std::min(*soonest, *wake) : wake;
  };
  also(rejoin_wake_);
  if (room_.has_next()) also(Tick{});
  if (const auto came = early_.oldest()) also(*came + rules_.early_patience);
  return soonest;
}

bool StoreNode::is_ready() const {
  return !failure_ && !ring_->members.empty() && rejoin_.is_sure() &&
         dots_.reserved_to() > 0;
}

bool StoreNode::is_whole() const {
  return !failure_ && rejoin_.is_done() && (recorded_whole_ || !reserving_);
}

void StoreNode::reserve_if_low(Effects& out) {
  if (failure_ || reserving_ || !dots_.runs_low()) return;
  reserving_ = {.actor = dots_.actor(),
                .up_to = dots_.wanted(),
                .is_whole = said_whole_ && rejoin_.has_all()};
  out.reserve.push_back(*reserving_);
}

// What a restart has to know: that it lost something, and when it has that again.
void StoreNode::say_if_whole(Effects& out) {
  if (failure_ || said_whole_ == rejoin_.has_all()) return;
  said_whole_ = rejoin_.has_all();
  const std::uint64_t up_to = reserving_ ? reserving_->up_to : dots_.reserved_to();
  reserving_ = {.actor = dots_.actor(), .up_to = up_to, .is_whole = said_whole_};
  out.reserve.push_back(*reserving_);
}

// Each message says who sends it, in which epoch, and how far this node's disk is. While it
// asks its peers whom they knew it as, it says what it started with: they would answer with
// what it has just told them.
void StoreNode::sign(Effects& out, std::size_t from) const {
  const bool asks = !rejoin_.is_sure() && dots_.actor() == boot_.actor;
  const Standing standing{.actor = dots_.actor(),
                          .durable = asks ? boot_.durable : replica_.durable_seq(),
                          .reserved = asks ? boot_.reserved : dots_.reserved_to()};
  for (std::size_t i = from; i < out.send.size(); ++i) {
    out.send[i].from = self_;
    out.send[i].epoch = ring_->epoch;
    out.send[i].standing = standing;
    if (std::holds_alternative<Hello>(out.send[i].body)) {
      out.send[i].round = lives_.question(out.send[i].to);
    }
  }
}

}  // namespace kv
