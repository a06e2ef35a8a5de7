#include "v4_replicated_kv/simulation/check_regular.hpp"

#include "v4_replicated_kv/simulation/key_operations.hpp"
#include "v4_replicated_kv/simulation/register_rule.hpp"
#include "v4_replicated_kv/simulation/siblings_rule.hpp"

namespace kv {

namespace {

template <class Rule>
std::optional<Violation> check_reads(const ClientHistory& history) {
  const OperationsByKey operations(history);
  for (const KeyOperations& key : operations.keys()) {
    const Rule rule(key);
    for (const ClientOperation* read : key.reads) {
      const auto found = rule.broken_by(sight_of(*read));
      if (found) return violation_of(key, *read, *found);
    }
  }
  return {};
}

}  // namespace

std::optional<Violation> check_regular(const ClientHistory& history, Policy policy) {
  return policy == Policy::siblings ? check_reads<SiblingsRule>(history)
                                    : check_reads<RegisterRule>(history);
}

}  // namespace kv
