#include "v4_replicated_kv/simulation/siblings_rule.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace kv {

namespace {

// Whether who looks at `sight` cannot miss what the write did.
bool must_show(const ClientOperation& write, const Sight& sight) {
  return write.outcome == Outcome::ok && *write.returned < sight.from &&
         meet(write.level, sight.level);
}

std::string listed(const Sight& sight) {
  if (sight.values.empty()) return "nothing";
  std::string list = sight.values.size() == 1 ? "value " : "values ";
  for (const WriteId id : sight.values) {
    if (id != sight.values.front()) list += ", ";
    list += std::to_string(id.raw());
  }
  return list;
}

}  // namespace

SiblingsRule::SiblingsRule(const KeyOperations& key)
    : key_(key), by_id_(key.writes.size()) {
  for (const ClientOperation* write : key_.writes) {
    writes_.push_back({.operation = write, .covered = {}});
  }
  // Operations of one history lie in the order in which they began.
  std::ranges::sort(writes_, {}, &Write::operation);
  for (std::size_t place = 0; place < writes_.size(); ++place) {
    by_id_[key_.place_of(writes_[place].operation->written)] = place;
  }
  for (std::size_t place = 0; place < writes_.size(); ++place) {
    for (const WriteId id : writes_[place].operation->covered) {
      const std::size_t other = place_of(id);
      if (other < place) writes_[place].covered.push_back(other);
    }
  }
}

std::size_t SiblingsRule::place_of(WriteId id) const {
  const std::size_t place = key_.place_of(id);
  return place == by_id_.size() ? writes_.size() : by_id_[place];
}

std::optional<std::string> SiblingsRule::broken_by(const Sight& sight) const {
  Flags shown(writes_.size());
  for (const WriteId id : sight.values) {
    if (auto reason = impossible(key_, id, sight.to)) return reason;
    const std::size_t place = place_of(id);
    const ClientOperation* write = writes_[place].operation;
    if (write->kind == OperationKind::remove) {
      return fmt::format("{}, which is no value", describe_write(write));
    }
    if (shown[place]) return fmt::format("{} twice", describe_write(write));
    shown[place] = true;
  }
  if (auto reason = lost(sight, shown)) return reason;
  return back(sight, shown);
}

// A value that was acknowledged, and is neither there nor replaced.
std::optional<std::string> SiblingsRule::lost(const Sight& sight,
                                              const Flags& shown) const {
  Flags replaced(writes_.size());
  for (std::size_t place = writes_.size(); place-- > 0;) {
    const auto& [write, covered] = writes_[place];
    if (write->outcome == Outcome::refused || write->invoked > sight.to) continue;
    const bool is_delete = write->kind == OperationKind::remove;
    if (is_delete || shown[place] || replaced[place]) {
      for (const std::size_t other : covered) replaced[other] = true;
    } else if (must_show(*write, sight)) {
      return fmt::format(
          "{}; {} is missing, though it was acknowledged before and nothing replaced it",
          listed(sight), describe_write(write));
    }
  }
  return {};
}

// A value that is there although what replaced it took effect for sure.
std::optional<std::string> SiblingsRule::back(const Sight& sight,
                                              const Flags& shown) const {
  std::vector<const ClientOperation*> replaced_by(writes_.size());
  for (std::size_t place = writes_.size(); place-- > 0;) {
    const auto& [write, covered] = writes_[place];
    if (write->outcome == Outcome::refused) continue;
    const ClientOperation* by = replaced_by[place];
    if (shown[place] && by != nullptr && !write->may_return) {
      return fmt::format("{}, though its successor, {}, had taken effect",
                         describe_write(write), describe_write(by));
    }
    if (!shown[place] && by == nullptr && !must_show(*write, sight)) continue;
    for (const std::size_t other : covered) replaced_by[other] = write;
  }
  return {};
}

}  // namespace kv
