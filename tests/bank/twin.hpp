// The bank's dumb twin: one map, one lock, no databases. Whatever a bank answers, the
// twin must answer as well.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "v3_virtual_nodes/bank/bank.hpp"

namespace kv::bank {

class Twin {
 public:
  std::optional<Errc> add_record(Record record) {
    const std::scoped_lock lock(mutex_);
    const std::string number = record.number;
    if (!records_.try_emplace(number, std::move(record)).second) {
      return Errc::duplicate_record;
    }
    return std::nullopt;
  }

  std::optional<Errc> deposit(const std::string& number, Account into, Cents amount) {
    const std::scoped_lock lock(mutex_);
    if (amount <= Cents{0}) return Errc::bad_amount;
    const auto at = records_.find(number);
    if (at == records_.end()) return Errc::unknown_record;
    Cents& balance = at->second.balance(into);
    balance = Cents{balance.raw() + amount.raw()};
    return std::nullopt;
  }

  std::optional<Errc> transfer(const std::string& from, Account giving,
                               const std::string& to, Account taking, Cents amount) {
    const std::scoped_lock lock(mutex_);
    if (amount <= Cents{0}) return Errc::bad_amount;
    const auto giver = records_.find(from);
    const auto taker = records_.find(to);
    if (giver == records_.end() || taker == records_.end()) return Errc::unknown_record;
    if (from == to && giving == taking) return Errc::bad_amount;
    Cents& source = giver->second.balance(giving);
    if (source < amount) return Errc::insufficient_funds;
    Cents& target = taker->second.balance(taking);
    source = Cents{source.raw() - amount.raw()};
    target = Cents{target.raw() + amount.raw()};
    return std::nullopt;
  }

  [[nodiscard]] std::map<std::string, Record> records() {
    const std::scoped_lock lock(mutex_);
    return records_;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, Record> records_;
};

// What a bank's answer says besides its value.
template <class T>
[[nodiscard]] std::optional<Errc> code_of(const Result<T>& result) {
  if (result) return std::nullopt;
  return result.error().code;
}

}  // namespace kv::bank
