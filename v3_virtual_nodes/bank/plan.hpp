// What the threads will do: planned so that no order of threads can make it fail.
//
// Why     a run with threads can be checked to the cent, and print the same bytes twice,
//         only if its end does not depend on who came first. Sums do not: deposits and
//         transfers can be added up in any order. Refusals would: whether an account can
//         pay depends on what arrived before. So within a step an account pays out no more
//         than it had when the step began; every operation then succeeds in every order.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/base/rng.hpp"
#include "v3_virtual_nodes/bank/record.hpp"

namespace kv::bank {

enum class Kind : std::uint8_t { deposit, transfer, read };

struct Operation {
  Cents amount{};
  std::uint32_t who = 0;   // index of the customer
  std::uint32_t whom = 0;  // of a transfer: who gets it
  Kind kind = Kind::read;
  Account from = Account::checking;
  Account to = Account::checking;
};

// What all operations of a step come to.
struct Work {
  std::uint64_t deposits = 0;
  std::uint64_t transfers = 0;
  std::uint64_t reads = 0;
  Cents deposited{};
  Cents transferred{};
};

struct StepPlan {
  std::vector<std::vector<Operation>> threads;
  Work work;
};

class Planner {
 public:
  // `customers` is not empty.
  Planner(std::span<const Record> customers, std::uint64_t seed);

  // Three tenths deposits, half transfers, the rest reads; a payer without money reads.
  [[nodiscard]] StepPlan next_step(std::uint64_t operations, std::uint64_t threads);

  // What customer `index` will hold when everything planned so far is done.
  [[nodiscard]] Cents expected(std::size_t index, Account account) const {
    return balances_[index][static_cast<std::size_t>(account)];
  }

 private:
  using Balances = std::array<Cents, kAccounts.size()>;

  [[nodiscard]] Operation next_operation(std::vector<Balances>& spendable);

  Rng rng_;
  std::vector<Balances> balances_;  // at the end of the last step planned
};

}  // namespace kv::bank
