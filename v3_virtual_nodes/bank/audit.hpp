// What an auditor finds who counts the bank while it works.
//
// An audit goes from stripe to stripe and holds one lock at a time, so the bank never
// stands still; yet what it reports is a state that the bank could have been in between
// two operations. Counting on the walk goes wrong in one way only: a transfer between a
// stripe that has been counted and one that has not is counted twice, or not at all. But
// such a transfer holds both locks and sees both marks, so it tells the auditor by how
// much to correct the sum. (The idea is the snapshot of Chandy and Lamport, 1985: local
// states, and messages that cross the line.)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "v3_virtual_nodes/bank/cents.hpp"
#include "v3_virtual_nodes/bank/stripe.hpp"

namespace kv::bank {

// What one database holds. While records and money move, databases are not counted at one
// moment, so these are exact in a quiet bank only; the sums of an audit always are.
struct Holding {
  std::string database;
  std::uint64_t records = 0;
  Cents money{};
};

struct Audit {
  std::uint64_t records = 0;
  Cents money{};                  // counted, record by record
  Cents opened{};                 // came with new records
  Cents deposited{};              // came in deposits
  std::uint64_t not_at_home = 0;  // records that have still to move
  std::vector<Holding> holdings;  // by NodeId; without a name for one that left

  // Whether not a cent is missing or too many.
  [[nodiscard]] bool balances() const {
    const auto booked = plus(opened, deposited);
    return booked && *booked == money;
  }
};

// Adds one stripe, whose lock is held, to `audit`; Errc::overflow when a sum is too large.
[[nodiscard]] Result<void> count(const Stripe& stripe, Audit& audit);

// The holding of the database called `name`; there has to be one.
[[nodiscard]] const Holding& holding_of(const Audit& audit, const std::string& name);

}  // namespace kv::bank
