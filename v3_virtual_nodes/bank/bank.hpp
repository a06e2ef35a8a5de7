// A bank whose records are spread over databases by a ring, and stay whole while
// databases come and go and threads move money.
//
// Locks     kDrawers stripes, each one lock over one drawer of every database (see
//           database.hpp and stripe.hpp). An operation on one customer takes one lock; a
//           transfer takes two; nobody takes a lock on the whole bank. A move of a record
//           needs the same single lock, as its stripe does not change.
// Deadlock  cannot be: whoever waits for a lock of a stripe holds none. One customer, a
//           change and an audit take one stripe at a time; a transfer takes two with
//           std::scoped_lock, which gives back the first rather than wait for the second.
//           The two locks above, of changes and of audits, are taken before any stripe,
//           and never both.
// Loss      cannot be: see the promise in stripe.hpp. An operation needs no second look
//           after it waited, as the record cannot leave the stripe that is locked.
// Breaks    if the lock hangs on the database: between reading where a record is and
//           locking that place, it moves (the chapter has this version, and its losses).
// Left out  durability, withdrawals, several processes: see the chapter's limits.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/experiment/scenario.hpp"
#include "v3_virtual_nodes/bank/audit.hpp"
#include "v3_virtual_nodes/bank/ring.hpp"
#include "v3_virtual_nodes/bank/roll.hpp"
#include "v3_virtual_nodes/bank/stripe.hpp"

namespace kv::bank {

// When a change of membership moves the records that changed owner: within the change,
// stripe by stripe; or each when it is first touched, and what is left by finish_moves or
// at the next change.
enum class Rebalance { at_once, lazily };

// One account of one customer.
struct Purse {
  std::string_view number;
  Account account = Account::checking;
};

// A change of membership, and how its records moved so far.
struct Change {
  Action action = Action::add;
  std::string database = {};
  std::uint64_t in_change = 0;  // at once, within the call
  std::uint64_t touched = 0;    // because an operation needed them
  std::uint64_t swept = 0;      // by finish_moves or the next change
  [[nodiscard]] std::uint64_t moved() const { return in_change + touched + swept; }
};

inline constexpr std::size_t kDatabasesMax = 500;

// Any thread may call anything at any time.
class Bank {
 public:
  explicit Bank(std::uint64_t replication_factor = kReplicationFactor)
      : Bank(replication_factor, default_hash()) {}

  template <HashFunction Hash>
  Bank(std::uint64_t replication_factor, Hash hash,
       Rebalance rebalance = Rebalance::at_once)
      : hash_(any_hash(std::move(hash))),
        replication_factor_(replication_factor),
        rebalance_(rebalance) {
    for (std::size_t i = 0; i < kDrawers; ++i) stripes_[i].drawer = i;
  }

  // A database takes `weight` times replication_factor places on the ring. All together
  // have kTokensMax at most, and there are kDatabasesMax at a time; the names of one
  // bank, those of databases that left included, are kNodesMax at most. What is more is
  // refused with Errc::bad_database.
  [[nodiscard]] Result<void> add_database(const std::string& name, double weight = 1);
  [[nodiscard]] Result<void> remove_database(const std::string& name);
  [[nodiscard]] Result<void> weigh_database(const std::string& name, double weight);

  // Moves all that has still to move. Operations go on meanwhile.
  void finish_moves();

  [[nodiscard]] Result<void> add_record(Record record);
  [[nodiscard]] Result<Record> find(std::string_view number);
  [[nodiscard]] Result<void> deposit(Purse into, Cents amount);
  [[nodiscard]] Result<void> transfer(Purse from, Purse to, Cents amount);

  // All that the bank holds at one moment: see audit.hpp.
  [[nodiscard]] Result<Audit> audit();

  // Every change so far, and its moves up to now.
  [[nodiscard]] std::vector<Change> changes();

 private:
  // Where a customer is looked for; none of it ever changes.
  struct Address {
    std::string_view number;
    KeyHash position;
    Stripe& stripe;
  };
  [[nodiscard]] Address address_of(std::string_view number) {
    const KeyHash position = hash_key(hash_, number);
    return {number, position, stripes_[drawer_of(position)]};
  }
  [[nodiscard]] static Result<void> move_money(const Address& from, Account giving,
                                               const Address& to, Account taking,
                                               Cents amount);
  void correct_audit(const Stripe& source, const Stripe& target, Cents amount);
  [[nodiscard]] Result<Node> member_called(const std::string& name) const;
  [[nodiscard]] Result<void> check(const Node& node, const Routing& without) const;
  [[nodiscard]] Routing copy_of_newest() const;
  void change(Action action, const std::string& database, Routing next);
  void finish(Stripe& stripe);

  const AnyHash hash_;
  const std::uint64_t replication_factor_;
  const Rebalance rebalance_;
  std::vector<Stripe> stripes_ = std::vector<Stripe>(kDrawers);

  std::mutex changes_mutex_;               // one change at a time; guards the next three
  std::shared_ptr<const Routing> newest_;  // what all stripes turn to, or have turned to
  Roll roll_;                              // every name that was ever a database
  std::vector<Change> changes_;

  std::mutex audit_mutex_;  // one audit at a time; guards the next
  std::uint64_t audits_ = 0;
  std::atomic<std::int64_t> correction_ = 0;  // of the audit that is on its way, in cents
};

}  // namespace kv::bank
