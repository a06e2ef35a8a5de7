#include "v3_virtual_nodes/bank/plan.hpp"

#include <algorithm>

#include "common/base/check.hpp"
#include "common/hash/finalise.hpp"

namespace kv::bank {

namespace {

constexpr std::uint64_t kAmountMax = 100'00;  // $100

std::size_t index_of(Account account) {
  return static_cast<std::size_t>(account);
}

// Sums of a plan stay far below 64 bits: at most kRecordsMax customers with kBalanceMax
// each, and kOperationsMax amounts a step.
Cents sum(Cents a, Cents b) {
  const auto checked = plus(a, b);
  KV_CHECK(checked.has_value(), "a plan moves amounts that can be counted");
  return *checked;
}

Cents negative(Cents amount) {
  return Cents{-amount.raw()};
}

Account any_account(Rng& rng) {
  return kAccounts[rng.below(kAccounts.size())];
}

}  // namespace

Planner::Planner(std::span<const Record> customers, std::uint64_t seed)
    : rng_(finalise(seed ^ 0x62616E6B)) {  // other numbers than the customers'
  KV_CHECK(!customers.empty(), "a bank without customers has nothing to do");
  balances_.reserve(customers.size());
  for (const Record& customer : customers) {
    balances_.push_back({customer.savings, customer.checking, customer.retirement});
  }
}

Operation Planner::next_operation(std::vector<Balances>& spendable) {
  Operation operation;
  operation.who = static_cast<std::uint32_t>(rng_.below(balances_.size()));
  operation.from = any_account(rng_);
  operation.to = any_account(rng_);
  const std::uint64_t draw = rng_.below(10);
  if (draw < 2) return operation;  // a read
  operation.amount = Cents{static_cast<std::int64_t>(1 + rng_.below(kAmountMax))};
  if (draw < 5) {
    operation.kind = Kind::deposit;
    return operation;
  }
  // One transfer in eight stays with the customer.
  operation.whom = rng_.below(8) == 0
                       ? operation.who
                       : static_cast<std::uint32_t>(rng_.below(balances_.size()));
  Cents& funds = spendable[operation.who][index_of(operation.from)];
  operation.amount = std::min(operation.amount, funds);
  const bool same = operation.who == operation.whom && operation.from == operation.to;
  if (same || operation.amount <= Cents{0}) return operation;  // a read after all
  operation.kind = Kind::transfer;
  funds = sum(funds, negative(operation.amount));
  return operation;
}

StepPlan Planner::next_step(std::uint64_t operations, std::uint64_t threads) {
  KV_CHECK(threads > 0, "somebody has to do the work");
  StepPlan plan{.threads = std::vector<std::vector<Operation>>(threads), .work = {}};
  for (std::uint64_t t = 0; t < threads; ++t) {
    plan.threads[t].reserve(operations / threads + 1);
  }
  auto spendable = balances_;
  for (std::uint64_t i = 0; i < operations; ++i) {
    const Operation operation = next_operation(spendable);
    plan.threads[i % threads].push_back(operation);
    Balances& payer = balances_[operation.who];
    const auto from = index_of(operation.from);
    const auto to = index_of(operation.to);
    if (operation.kind == Kind::deposit) {
      payer[to] = sum(payer[to], operation.amount);
      plan.work.deposited = sum(plan.work.deposited, operation.amount);
      ++plan.work.deposits;
    } else if (operation.kind == Kind::transfer) {
      Balances& taker = balances_[operation.whom];
      payer[from] = sum(payer[from], negative(operation.amount));
      taker[to] = sum(taker[to], operation.amount);
      plan.work.transferred = sum(plan.work.transferred, operation.amount);
      ++plan.work.transfers;
    } else {
      ++plan.work.reads;
    }
  }
  return plan;
}

}  // namespace kv::bank
