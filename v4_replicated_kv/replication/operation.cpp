#include "v4_replicated_kv/replication/operation.hpp"

#include <fmt/format.h>

#include "common/base/check.hpp"

namespace kv {

void Operation::time(Desk& desk) {
  if (desk.at.now >= call_.deadline) return give_up(lateness(), "", desk);
  if (desk.at.now < wake_) return;  // it has become patient
  if (desk.at.now < hedge_until_) {
    wake_ = std::exchange(hedge_until_, Tick{});
    return hedge(desk);
  }
  set_wake(desk.at.now);
  again(desk);
}

void Operation::be_patient(Tick longer, Tick now) {
  call_.again_every = call_.again_every + longer;
  Tick& again_at = hedge_until_ == Tick{} ? wake_ : hedge_until_;
  again_at = std::min(now + call_.again_every, call_.deadline);
}

void Operation::abandon(Desk& desk) {
  give_up(Trouble::not_ready, "the node that was asked stopped", desk);
}

// It may end long before the others could have answered, where one that is needed is away.
std::string Operation::count_owners(const Failing& failing, Trouble trouble) const {
  std::string text = fmt::format("{} of the {} owners needed {}", failing.answers,
                                 call_.demand.answers, failing.they_did);
  if (failure_ || out_of_reach_.size() == 0) return text;
  if (trouble == Trouble::not_reached) text += " so far";
  return text + fmt::format(", and {} of {} cannot be reached", out_of_reach_.size(),
                            call_.owners.size());
}

void Operation::give_up(Trouble trouble, std::string detail, Desk& desk) {
  if (replied_) return finish();
  const Failing failing = this->failing(trouble);
  const std::size_t needed = call_.demand.answers;
  if (failure_ && trouble == Trouble::not_reached) trouble = trouble_of(*failure_);
  if (detail.empty()) detail = count_owners(failing, trouble);
  if (failure_) detail += ": " + failure_->detail;
  reply({.outcome = failing.outcome,
         .trouble = trouble,
         .detail = std::move(detail),
         .answers = failing.answers,
         .needed = needed},
        desk);
}

void Operation::reply(Reply reply, Desk& desk) {
  KV_CHECK(!std::exchange(replied_, true), "a request has one answer");
  reply.ticket = call_.ticket;
  desk.out.reply.push_back(std::move(reply));
  done_ = true;
}

Trouble trouble_of(const Error& error) {
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
