#include "v4_replicated_kv/bench/player.hpp"

#include <algorithm>

#include "common/base/check.hpp"

namespace kv::bench {

Player Player::loading(std::uint64_t keys, std::size_t thread, std::size_t threads,
                       ValueMaker values, Live& live) {
  Player player(std::move(values), live);
  player.load_next_ = thread;
  player.load_step_ = threads;
  player.load_end_ = keys;
  return player;
}

Player::Player(OperationSource source, std::optional<Schedule> schedule, Times times,
               ValueMaker values, Live& live)
    : source_(std::move(source)),
      schedule_(schedule),
      times_(times),
      values_(std::move(values)),
      live_(&live) {}

Ns Player::next_due(Ns now) const {
  if (stopped_ || now >= times_.end) return kNever;
  if (!source_) return load_next_ < load_end_ ? now : kNever;
  if (!schedule_) return std::max(now, times_.begin);
  return schedule_->next() < times_.end ? schedule_->next() : kNever;
}

Request Player::begin(Seat& seat, Ns now) {
  KV_CHECK(next_due(now) <= now, "nothing is sent before it is due");
  seat.is_second = false;
  seat.due = seat.sent = now;
  if (schedule_) {
    seat.due = schedule_->next();
    schedule_->advance();
  }
  if (source_) {
    seat.operation = source_->next();
  } else {
    seat.operation = {.kind = Kind::insert, .key = load_next_};
    load_next_ += load_step_;
  }
  const Kind kind = seat.operation.kind;
  if (kind == Kind::scan) {
    seat.verb = Verb::scan;
    return {.verb = seat.verb, .limit = seat.operation.limit, .cursor = seat.cursor};
  }
  write_key(seat.key, seat.operation.key);
  const bool reads = kind == Kind::read || kind == Kind::read_modify_write;
  seat.verb = reads ? Verb::get : Verb::put;
  if (reads) return {.verb = seat.verb, .key = seat.key};
  values_.write(seat.value, seat.key);
  return {.verb = seat.verb, .key = seat.key, .value = seat.value};
}

std::optional<Request> Player::take(Seat& seat, const Answer& answer, Ns now) {
  if (answer.kind == Answer::Kind::failed) {
    seat.cursor.clear();
    lose(seat, answer.error, answer.sentence);
    return std::nullopt;
  }
  if (seat.verb == Verb::get) check(seat, answer);
  const Kind kind = seat.operation.kind;
  if (kind == Kind::read_modify_write && !seat.is_second) {
    seat.is_second = true;
    seat.verb = Verb::put;
    seat.sent = now;
    values_.write(seat.value, seat.key);
    return Request{.verb = seat.verb, .key = seat.key, .value = seat.value};
  }
  if (kind == Kind::scan) seat.cursor = answer.cursor;
  if (kind == Kind::insert && source_) source_->inserted(seat.operation.key);
  live_->done.fetch_add(1, std::memory_order_relaxed);
  if (is_measured(seat)) {
    tally_.latency(kind).add(static_cast<std::uint64_t>(std::max<Ns>(0, now - seat.due)));
  }
  return std::nullopt;
}

void Player::check(const Seat& seat, const Answer& answer) {
  if (answer.kind == Answer::Kind::missing) {
    if (is_measured(seat)) ++tally_.missing;
    return;
  }
  if (answer.siblings.empty() && !is_value_of(seat.key, answer.value)) {
    tally_.count_wrong(seat.key, answer.value);
  }
  for (const std::string& sibling : answer.siblings) {
    if (!is_value_of(seat.key, sibling)) tally_.count_wrong(seat.key, sibling);
  }
}

void Player::lose(const Seat& seat, std::string_view kind, std::string_view sentence) {
  live_->failed.fetch_add(1, std::memory_order_relaxed);
  if (is_measured(seat)) tally_.count_error(seat.operation.kind, kind, sentence);
}

void Player::stop(std::string_view why) {
  stopped_ = true;
  tally_.ended_early = why;
}

void Player::finish(Ns now) {
  const Ns end = std::min(now, times_.end);
  for (; schedule_ && schedule_->next() < end; schedule_->advance()) {
    if (schedule_->next() >= times_.from) ++tally_.unsent;
  }
}

}  // namespace kv::bench
