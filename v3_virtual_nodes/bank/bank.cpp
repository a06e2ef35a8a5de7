// What customers ask of the bank. Membership is in membership.cpp.
#include "v3_virtual_nodes/bank/bank.hpp"

#include <mutex>
#include <shared_mutex>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"

namespace kv::bank {

namespace {

std::unexpected<Error> unknown(std::string_view number) {
  return refuse(Errc::unknown_record,
                fmt::format("customer {}: there is no such record", printable(number)));
}

Result<void> check_amount(Cents amount) {
  if (amount > Cents{0}) return {};
  return refuse(Errc::bad_amount, fmt::format("{}: what is moved is at least {}",
                                              to_text(amount), to_text(Cents{1})));
}

}  // namespace

Result<void> Bank::add_record(Record record) {
  if (record.number.empty()) {
    return refuse(Errc::unknown_record, "a record needs a customer number");
  }
  const auto [number, position, stripe] = address_of(record.number);
  record.position = position;
  const std::unique_lock writing(stripe.mutex);
  if (stripe.now == nullptr) {
    return refuse(
        Errc::no_database,
        fmt::format("customer {}: there is no database to hold the record; add one first",
                    printable(number)));
  }
  if (fetch(stripe, position, number) != nullptr) {
    return refuse(
        Errc::duplicate_record,
        fmt::format("customer {}: there is such a record already", printable(number)));
  }
  const auto brought = wealth(record);
  const auto opened = brought ? plus(stripe.opened, *brought) : brought;
  if (!opened) return std::unexpected(opened.error());
  Database& home = stripe.now->owner(position);
  home.drawers[stripe.drawer].push_back(
      {.position = position, .record = std::make_unique<Record>(std::move(record))});
  stripe.opened = *opened;
  ++stripe.records;
  return {};
}

Result<Record> Bank::find(std::string_view number) {
  const Address at = address_of(number);
  {
    const std::shared_lock reading(at.stripe.mutex);
    if (const Record* found = peek(at.stripe, at.position, number)) return *found;
    if (at.stripe.before == nullptr) return unknown(number);
  }
  // Between the two locks anything may have happened, so this begins from nothing.
  const std::unique_lock moving(at.stripe.mutex);
  if (const Record* found = fetch(at.stripe, at.position, number)) return *found;
  return unknown(number);
}

Result<void> Bank::deposit(Purse into, Cents amount) {
  if (auto checked = check_amount(amount); !checked) return checked;
  const auto [number, position, stripe] = address_of(into.number);
  const std::unique_lock writing(stripe.mutex);
  Record* const record = fetch(stripe, position, number);
  if (record == nullptr) return unknown(number);
  const auto balance = plus(record->balance(into.account), amount);
  const auto deposited = plus(stripe.deposited, amount);
  if (!balance) return std::unexpected(balance.error());
  if (!deposited) return std::unexpected(deposited.error());
  record->balance(into.account) = *balance;
  stripe.deposited = *deposited;
  return {};
}

// Needs the locks of both stripes. Everything that can be refused is refused before the
// first balance changes.
Result<void> Bank::move_money(const Address& from, Account giving, const Address& to,
                              Account taking, Cents amount) {
  Record* const giver = fetch(from.stripe, from.position, from.number);
  if (giver == nullptr) return unknown(from.number);
  Record* const taker = fetch(to.stripe, to.position, to.number);
  if (taker == nullptr) return unknown(to.number);
  if (giver == taker && giving == taking) {
    return refuse(Errc::bad_amount,
                  fmt::format("customer {}: both ends of the transfer are {}",
                              printable(from.number), name_of(giving)));
  }
  const Cents funds = giver->balance(giving);
  if (funds < amount) {
    return refuse(Errc::insufficient_funds,
                  fmt::format("customer {}: {} holds {}, which is less than {}",
                              printable(from.number), name_of(giving), to_text(funds),
                              to_text(amount)));
  }
  const auto rest = minus(funds, amount);
  const auto sum = plus(taker->balance(taking), amount);
  if (!rest) return std::unexpected(rest.error());
  if (!sum) return std::unexpected(sum.error());
  giver->balance(giving) = *rest;
  taker->balance(taking) = *sum;
  return {};
}

// Money has crossed the line that an audit has reached: counted before, it is about to be
// counted again; not counted before, it would not be counted at all.
void Bank::correct_audit(const Stripe& source, const Stripe& target, Cents amount) {
  if (source.audits > target.audits) correction_ -= amount.raw();
  if (source.audits < target.audits) correction_ += amount.raw();
}

Result<void> Bank::transfer(Purse from, Purse to, Cents amount) {
  if (auto checked = check_amount(amount); !checked) return checked;
  const Address source = address_of(from.number);
  const Address target = address_of(to.number);
  if (&source.stripe == &target.stripe) {
    const std::unique_lock writing(source.stripe.mutex);
    return move_money(source, from.account, target, to.account, amount);
  }
  const std::scoped_lock both(source.stripe.mutex, target.stripe.mutex);
  auto moved = move_money(source, from.account, target, to.account, amount);
  if (moved) correct_audit(source.stripe, target.stripe, amount);
  return moved;
}

Result<Audit> Bank::audit() {
  const std::scoped_lock one_audit(audit_mutex_);
  ++audits_;
  correction_ = 0;  // nobody writes here now: all stripes bear the same mark
  Audit audit;
  Result<void> counted;
  for (Stripe& stripe : stripes_) {  // to the end, or the marks would differ for good
    const std::unique_lock marking(stripe.mutex);
    stripe.audits = audits_;
    if (counted) counted = count(stripe, audit);
  }
  if (!counted) return std::unexpected(counted.error());
  const auto money = plus(audit.money, Cents{correction_.load()});
  if (!money) return std::unexpected(money.error());
  audit.money = *money;
  return audit;
}

}  // namespace kv::bank
