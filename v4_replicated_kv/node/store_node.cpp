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
    std::is_same_v<Body, Minted>;

}  // namespace

StoreNode::StoreNode(Engine& engine, const Boot& boot, const NodeRules& rules)
    : self_(boot.self),
      ring_(boot.ring),
      rules_(rules),
      boot_(boot),
      chance_(boot.seed),
      dots_(boot.actor, boot.reserved),
      lives_(boot.self, boot.ring, boot.is_founding),
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
  if (!boot_.is_founding) {
    rejoin_.begin(boot_.is_damaged || boot_.keys_unknown, out);
    rejoin_wake_ = at.now + rules_.hello_every;
    lives_.asked_all(*rejoin_wake_);
  }
  sign(out, sent);
}

void StoreNode::step(const Moment& at, Input input, Effects& out) {
  const std::size_t sent = out.send.size();
  Desk desk{.out = out, .at = at, .dots = dots_, .self = self_};
  std::visit([&](auto&& event) { on(std::forward<decltype(event)>(event), desk); },
             std::move(input));
  reserve_if_low(out);
  say_if_whole(out);
  if (!failure_) lives_.ask(at.now, rules_.hello_every, rejoin_.hello(), out);
  sign(out, sent);
}

void StoreNode::on(Request request, Desk& desk) {
  if (is_ready()) return coordinator_.start(std::move(request), desk);
  desk.out.reply.push_back(
      {.ticket = request.ticket,
       .outcome = Outcome::refused,
       .trouble = Trouble::not_ready,
       .detail = failure_ ? "this node stopped: " + failure_->detail
                          : "this node has just started, and asks its peers who it was"});
}

void StoreNode::on(Message message, Desk& desk) {
  if (failure_ || message.epoch != ring_->epoch) return;
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
}

void StoreNode::on(Reserved reserved, Desk& desk) {
  if (reserved.reservation.actor == dots_.actor()) {
    dots_.extend(reserved.reservation.up_to);
  }
  if (reserving_ == reserved.reservation) reserving_.reset();
  reserve_if_low(desk.out);
}

void StoreNode::on(ValueRead read, Desk& desk) {
  if (!failure_) replica_.value_read(read.ticket, std::move(read.value), desk.out);
}

void StoreNode::on(TimePassed, Desk& desk) {
  if (failure_) return;
  coordinator_.time(desk);
  if (!rejoin_wake_ || *rejoin_wake_ > desk.at.now) return;
  rejoin_wake_.reset();
  if (rejoin_.is_done()) return;
  rejoin_.again(desk.out);
  rejoin_wake_ = desk.at.now + rules_.hello_every;
}

std::optional<Tick> StoreNode::wake() const {
  if (failure_) return std::nullopt;
  const auto client = coordinator_.wake();
  if (!client || !rejoin_wake_) return client ? client : rejoin_wake_;
  return std::min(*client, *rejoin_wake_);
}

bool StoreNode::is_ready() const {
  return !failure_ && rejoin_.is_sure() && dots_.reserved_to() > 0;
}

bool StoreNode::is_whole() const {
  return !failure_ && rejoin_.is_done() && !reserving_;
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
