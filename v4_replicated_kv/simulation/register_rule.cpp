#include "v4_replicated_kv/simulation/register_rule.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include <fmt/format.h>

namespace kv {

namespace {

Finding outdated(const ClientOperation* write, const ClientOperation& newer) {
  return {.wrong = Wrong::out_of_date,
          .words = fmt::format("{}, though {} is newer and was acknowledged before",
                               describe_write(write), describe_write(&newer)),
          .about = &newer};
}

}  // namespace

RegisterRule::RegisterRule(const KeyOperations& key) : key_(key) {
  for (const ClientOperation* write : key_.writes) {
    if (write->outcome != Outcome::ok) continue;
    const auto level = static_cast<std::size_t>(write->level);
    const auto heard = static_cast<std::size_t>(write->heard_at());
    acknowledged_[level][heard].push_back({.by = *write->returned, .latest = write});
  }
  for (auto& by_heard : acknowledged_) {
    for (auto& writes : by_heard) {
      std::ranges::sort(writes, {}, &Acknowledged::by);
      for (std::size_t i = 1; i < writes.size(); ++i) {
        const ClientOperation* before = writes[i - 1].latest;
        if (before->invoked > writes[i].latest->invoked) writes[i].latest = before;
      }
    }
  }
}

const ClientOperation* RegisterRule::latest(const std::vector<Acknowledged>& writes,
                                            Tick by) {
  const auto end = std::ranges::lower_bound(writes, by, {}, &Acknowledged::by);
  return end == writes.begin() ? nullptr : std::prev(end)->latest;
}

// An acknowledged write that makes `write` (null: nothing) out of date before `sight`.
const ClientOperation* RegisterRule::replacing(const ClientOperation* write,
                                               const Sight& sight) const {
  for (std::size_t level = 0; level < kLevels; ++level) {
    if (!meet(static_cast<Level>(level), sight.level)) continue;
    for (std::size_t heard = 0; heard < kLevels; ++heard) {
      if (write != nullptr && !meet(static_cast<Level>(heard), write->level)) continue;
      const ClientOperation* newest = latest(acknowledged_[level][heard], sight.from);
      if (newest == nullptr) continue;
      if (write == nullptr || write->effective_until() < newest->invoked) return newest;
    }
  }
  return nullptr;
}

std::optional<Finding> RegisterRule::broken_by(const Sight& sight) const {
  if (sight.values.empty()) return broken_by_nothing(sight);
  if (sight.values.size() > 1) {
    return Finding{Wrong::too_many, fmt::format("{} values, though a register has one",
                                                sight.values.size())};
  }
  const WriteId id = sight.values.front();
  if (id != kNeverWritten) {
    if (auto reason = impossible(key_, id, sight.to)) return reason;
  }
  const ClientOperation* write = key_.write_of(id);
  const ClientOperation* newer = replacing(write, sight);
  if (newer == nullptr) return {};
  return outdated(write, *newer);
}

// Any delete may be the reason, and so may be that nothing was ever written.
std::optional<Finding> RegisterRule::broken_by_nothing(const Sight& sight) const {
  const ClientOperation* newer = replacing(nullptr, sight);
  if (newer == nullptr) return {};
  for (const ClientOperation* write : key_.writes) {
    if (write->kind != OperationKind::remove) continue;
    const bool possible = !impossible(key_, write->written, sight.to);
    if (possible && replacing(write, sight) == nullptr) return {};
  }
  return Finding{
      Wrong::unexplained,
      fmt::format("nothing, though {} was acknowledged before, and no delete explains it",
                  describe_write(newer)),
      newer};
}

}  // namespace kv
