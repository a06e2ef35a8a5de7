#include "v3_virtual_nodes/bank/bank_run.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/check.hpp"
#include "common/predictions/ring.hpp"

namespace kv::bank {

namespace {

// What the bank refuses here is in what was typed or in the machine; either way it is one
// sentence for a person.
std::unexpected<kv::Error> pass_on(const Error& error) {
  return fail(kv::Errc::bad_input, error.detail);
}

Result<void> take_step(Bank& bank, const ClusterState& state, const std::string& name) {
  if (state.action == Action::remove) return bank.remove_database(name);
  const auto node = std::ranges::find(state.nodes, state.changed, &Node::id);
  return state.action == Action::add ? bank.add_database(name, node->weight)
                                     : bank.weigh_database(name, node->weight);
}

class Play {
 public:
  Play(const Options& options, const std::vector<Record>& customers, Rebalance way,
       Progress& progress)
      : options_(options),
        customers_(customers),
        lazily_(way == Rebalance::lazily),
        progress_(progress),
        bank_(options.vnodes, options.hasher, way),
        planner_(customers, options.hasher.seed()) {
    outcome_.way = way;
  }

  kv::Result<void> run() {
    if (auto opened = open(); !opened) return pass_on(opened.error());
    const auto& states = options_.scenario.states;
    for (std::size_t s = 1; s < states.size(); ++s) {
      progress_.begin("changing the membership", states.size() - 1);
      progress_.at(s);
      if (auto stepped = step(s); !stepped) return pass_on(stepped.error());
    }
    check_all();
    return {};
  }

  [[nodiscard]] std::vector<StepState> take_steps() { return std::move(steps_); }
  [[nodiscard]] const WayState& outcome() const { return outcome_; }

 private:
  // All databases, then all customers.
  Result<void> open() {
    const ClusterState& first = options_.scenario.states.front();
    for (const Node& node : first.nodes) {
      if (auto added = bank_.add_database(node.name, node.weight); !added) return added;
    }
    progress_.begin("opening accounts", customers_.size());
    for (std::size_t i = 0; i < customers_.size(); ++i) {
      if (auto added = bank_.add_record(customers_[i]); !added) return added;
      if (i % 1024 == 0) progress_.at(i);
    }
    return look(0, {});
  }

  Result<void> step(std::size_t s) {
    const ClusterState& state = options_.scenario.states[s];
    const auto plan = planner_.next_step(options_.bank.operations, options_.bank.threads);
    const auto change = [&] {
      return take_step(bank_, state, options_.scenario.names[state.changed.raw()]);
    };
    auto timing = rush_hour(bank_, customers_, plan, lazily_, change);
    if (!timing) return std::unexpected(timing.error());
    if (lazily_) timing->sweep_ms = sweep_ms(bank_);
    const auto last = bank_.changes().back();
    timing->touched = last.touched;
    outcome_.timing.add(*timing);
    outcome_.moved += last.moved();
    ++outcome_.audits;
    if (auto looked = look(s, plan.work); !looked) return looked;
    steps_.back().moved = moved_in(s, last.moved());
    return {};
  }

  // Writes down the bank, which is quiet now.
  Result<void> look(std::size_t s, const Work& work) {
    const ClusterState& state = options_.scenario.states[s];
    const auto audit = bank_.audit();
    if (!audit) return std::unexpected(audit.error());
    KV_CHECK(audit->balances(), "not a cent is missing or too many");
    KV_CHECK(audit->records == customers_.size(), "no record is lost or there twice");
    KV_CHECK(audit->not_at_home == 0, "every record is in the database that owns it");
    outcome_.after = audit->money;
    StepState seen{.action = state.action, .work = work};
    if (s > 0) seen.changed = options_.scenario.names[state.changed.raw()];
    for (const Node& node : state.nodes) {
      const Holding& holding = holding_of(*audit, node.name);
      seen.databases.push_back({.name = node.name,
                                .weight = node.weight,
                                .records = holding.records,
                                .share = static_cast<double>(holding.records) /
                                         static_cast<double>(customers_.size()),
                                .money = holding.money});
    }
    steps_.push_back(std::move(seen));
    return {};
  }

  [[nodiscard]] Moved moved_in(std::size_t s, std::uint64_t records) const {
    const auto& states = options_.scenario.states;
    const auto all = static_cast<double>(customers_.size());
    Moved moved{.records = records, .share = static_cast<double>(records) / all};
    const kv::Change change{.before = &states[s - 1],
                            .after = &states[s],
                            .keys = all,
                            .vnodes = options_.vnodes};
    for (const Prediction& prediction : predict_ring(change)) {
      if (prediction.quantity != Quantity::moved) continue;
      moved.predicted_share = prediction.value;
      moved.tolerance = prediction.tolerance;
    }
    return moved;
  }

  // Every customer is there with every cent. There are as many records as customers (the
  // last look has seen it), so none is there twice.
  void check_all() {
    for (std::size_t i = 0; i < customers_.size(); ++i) {
      const auto found = bank_.find(customers_[i].number);
      KV_CHECK(found.has_value(), "every customer is still there");
      for (const Account account : kAccounts) {
        KV_CHECK(found->balance(account) == planner_.expected(i, account),
                 "every balance is right to the cent");
      }
      ++outcome_.checked;
    }
  }

  const Options& options_;
  const std::vector<Record>& customers_;
  const bool lazily_;
  Progress& progress_;
  Bank bank_;
  Planner planner_;
  std::vector<StepState> steps_;
  WayState outcome_;
};

void add(Work& sum, const Work& more) {
  sum.deposits += more.deposits;
  sum.transfers += more.transfers;
  sum.reads += more.reads;
  sum.deposited = Cents{sum.deposited.raw() + more.deposited.raw()};
  sum.transferred = Cents{sum.transferred.raw() + more.transferred.raw()};
}

}  // namespace

kv::Result<BankRun> play(const Options& options, const Customers& customers,
                         Progress& progress) {
  BankRun run{.hash = options.hash_name,
              .seed = options.hasher.seed(),
              .source = describe(options.keys),
              .records = customers.records.size(),
              .skipped = customers.skipped,
              .vnodes = options.vnodes,
              .options = options.bank};
  for (const Rebalance way : {Rebalance::at_once, Rebalance::lazily}) {
    const bool wanted =
        way == Rebalance::at_once ? options.bank.at_once : options.bank.lazily;
    if (!wanted) continue;
    Play played(options, customers.records, way, progress);
    if (auto done = played.run(); !done) return std::unexpected(done.error());
    auto steps = played.take_steps();
    KV_CHECK(run.steps.empty() || run.steps == steps, "all ways lead to the same bank");
    run.steps = std::move(steps);
    run.ways.push_back(played.outcome());
  }
  for (const StepState& step : run.steps) add(run.work, step.work);
  for (const DatabaseState& database : run.steps.front().databases) {
    run.before = Cents{run.before.raw() + database.money.raw()};
  }
  return run;
}

}  // namespace kv::bank
