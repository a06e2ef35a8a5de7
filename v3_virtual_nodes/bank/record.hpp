// A customer's record, and the three accounts in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/strong.hpp"
#include "v3_virtual_nodes/bank/cents.hpp"

namespace kv::bank {

enum class Account : std::uint8_t { savings, checking, retirement };

inline constexpr std::array kAccounts{Account::savings, Account::checking,
                                      Account::retirement};

// "savings", "checking" or "401k", as in the header of a file.
[[nodiscard]] constexpr std::string_view name_of(Account account) {
  constexpr std::array<std::string_view, kAccounts.size()> kNames{"savings", "checking",
                                                                  "401k"};
  return kNames[static_cast<std::size_t>(account)];
}

struct Record {
  std::string number = {};  // the customer number: the key
  std::string first_name = {};
  std::string last_name = {};
  Cents savings{};
  Cents checking{};
  Cents retirement{};  // the 401k
  KeyHash position{};  // the hash of `number`; the bank computes it once, on arrival

  [[nodiscard]] Cents& balance(Account account) {
    if (account == Account::savings) return savings;
    return account == Account::checking ? checking : retirement;
  }
  [[nodiscard]] Cents balance(Account account) const {
    if (account == Account::savings) return savings;
    return account == Account::checking ? checking : retirement;
  }
  friend bool operator==(const Record&, const Record&) = default;
};

// All that a customer owns.
[[nodiscard]] inline Result<Cents> wealth(const Record& record) {
  const auto two = plus(record.savings, record.checking);
  return two ? plus(*two, record.retirement) : two;
}

}  // namespace kv::bank
