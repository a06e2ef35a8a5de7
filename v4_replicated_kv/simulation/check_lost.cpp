#include "v4_replicated_kv/simulation/check_lost.hpp"

#include <algorithm>

#include "v4_replicated_kv/simulation/key_operations.hpp"
#include "v4_replicated_kv/simulation/register_rule.hpp"
#include "v4_replicated_kv/simulation/siblings_rule.hpp"

namespace kv {

namespace {

template <class Rule>
std::optional<Violation> check_final(const KeyOperations& key,
                                     std::span<const WriteId> values) {
  const Sight sight{
      .values = values, .from = kEndOfTime, .to = kEndOfTime, .level = Level::all};
  const auto found = Rule(key).broken_by(sight);
  if (!found) return {};
  Violation violation{.key = key.key,
                      .wrong = found->wrong,
                      .sentence = "at the end it holds " + found->words};
  if (found->about != nullptr) violation.when = interval_of(*found->about);
  return violation;
}

}  // namespace

std::optional<Violation> check_lost(const ClientHistory& history,
                                    std::span<const FinalState> finals, Policy policy) {
  const OperationsByKey operations(history);
  const auto judge = policy == Policy::siblings ? &check_final<SiblingsRule>
                                                : &check_final<RegisterRule>;
  std::vector<KeyNumber> told;
  for (const FinalState& state : finals) {
    told.push_back(state.key);
    const KeyOperations key = operations.of(state.key);
    if (auto violation = judge(key, state.values)) return violation;
  }
  std::ranges::sort(told);
  for (const KeyOperations& key : operations.keys()) {
    if (std::ranges::binary_search(told, key.key)) continue;
    if (auto violation = judge(key, {})) return violation;
  }
  return {};
}

}  // namespace kv
