#include "v4_replicated_kv/simulation/aftermath.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/simulation/check_linearizable.hpp"
#include "v4_replicated_kv/simulation/check_regular.hpp"
#include "v4_replicated_kv/versioning/state_bytes.hpp"

namespace kv {

namespace {

// More than any message takes.
constexpr Tick kQuietMax{700'000'000};

// A put of level quorum that is offered twice may be seen, replaced, and seen again.
bool all_writes_are_linearizable(const ClientHistory& history) {
  return std::ranges::all_of(history.operations(), [](const ClientOperation& one) {
    return !one.is_write() || one.level == Level::linearizable;
  });
}

}  // namespace

Broken Aftermath::broken(std::string promise, const Violation& violation) const {
  const std::string& key = ledger_.name_of(violation.key);
  return {.promise = std::move(promise),
          .sentence = fmt::format("key {}: {}", word(key), violation.sentence),
          .wrong = violation.wrong,
          .key = key,
          .when = violation.when};
}

std::optional<Broken> Aftermath::whole(Tick end) {
  for (std::uint32_t i = 0; i < world_.size(); ++i) {
    const NodeId node{i};
    while (!world_.is_whole(node) && world_.now() < end && world_.step()) {
    }
    if (world_.is_whole(node)) continue;
    return Broken{
        .promise = "live",
        .sentence = fmt::format("{} is not whole again, long after all faults ended",
                                name_of(node)),
        .wrong = Wrong::not_whole};
  }
  return {};
}

std::vector<OwnersCopy> Aftermath::copies(std::vector<FinalState>* finals) {
  std::vector<OwnersCopy> copies;
  for (std::uint32_t i = 0; i < ledger_.keys(); ++i) {
    const KeyNumber key{i};
    const std::string& name = ledger_.name_of(key);
    for (const NodeId owner : world_.ring().table.owners(world_.hash_of(name))) {
      const auto held = world_.machine(owner).held(name);
      std::string bytes = held ? "" : "damage: " + held.error().detail;
      if (held && !held->empty()) bytes = state_bytes(policy_, *held);
      copies.push_back({.key = key,
                        .owner = owner,
                        .bytes = std::move(bytes),
                        .words = held ? values_text(*held, {}) : "damage"});
      if (finals != nullptr && held) {
        const bool is_first = finals->empty() || finals->back().key != key;
        if (is_first) finals->push_back({key, ledger_.seen_in(key, *held)});
      }
    }
  }
  return copies;
}

// There is nothing but read repair yet.
std::optional<Broken> Aftermath::converge() {
  const auto let_pass = [&](Tick span) {
    world_.run_until(world_.now() + span);
    world_.run_until_quiet(world_.now() + kQuietMax);
  };
  let_pass(Tick{10'000});
  for (int round = 0; round < 6; ++round) {
    if (!check_converged(copies(nullptr))) return {};
    for (std::uint32_t i = 0; i < ledger_.keys(); ++i) {
      const NodeId node{static_cast<std::uint32_t>(chance_.below(world_.size()))};
      world_.ask(node,
                 {.ticket = Ticket{std::uint64_t{1} << 60U},
                  .key = ledger_.name_of(KeyNumber{i}),
                  .consistency = {.level = Level::all, .answers = {}}},
                 "reader");
    }
    let_pass(Tick{20'000});
  }
  const auto violation = check_converged(copies(nullptr));
  if (!violation) return {};
  return broken("converged", *violation);
}

std::optional<Broken> Aftermath::checks() {
  const ClientHistory history = ledger_.to_judge();
  if (auto wrong = check_regular(history, policy_)) return broken("regular", *wrong);
  if (policy_ == Policy::last_write_wins && all_writes_are_linearizable(history)) {
    if (auto wrong = check_linearizable(history)) return broken("linearizable", *wrong);
  }
  std::vector<FinalState> finals;
  const auto held = copies(&finals);
  if (auto wrong = check_lost(history, finals, policy_)) return broken("lost", *wrong);
  return {};
}

}  // namespace kv
