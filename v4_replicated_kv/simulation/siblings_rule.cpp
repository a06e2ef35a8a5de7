#include "v4_replicated_kv/simulation/siblings_rule.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace kv {

namespace {

// Whether who looks at `sight` cannot miss what the write did.
bool must_show(const ClientOperation& write, const Sight& sight) {
  return write.outcome == Outcome::ok && *write.returned < sight.from &&
         meet(write.level, sight.level);
}

std::string listed(const KeyOperations& key, const Sight& sight) {
  if (sight.values.empty()) return "nothing";
  std::string list;
  for (const WriteId id : sight.values) {
    list += (list.empty() ? "" : ", ") + key.write_of(id)->value;
  }
  return list;
}

}  // namespace

SiblingsRule::SiblingsRule(const KeyOperations& key) : key_(key) {
  covered_.reserve(key_.writes.size());
  for (const ClientOperation* write : key_.writes) {
    by_begin_.push_back(covered_.size());
    covered_.push_back(covered_by(*write));
  }
  std::ranges::stable_sort(by_begin_, {},
                           [&](std::size_t at) { return key_.writes[at]->invoked; });
}

// Nobody has seen what began only after its own answer.
SiblingsRule::Places SiblingsRule::covered_by(const ClientOperation& write) const {
  Places covered;
  const Tick end = write.outcome == Outcome::ok ? *write.returned : kEndOfTime;
  for (const WriteId id : write.covered) {
    const std::size_t place = key_.place_of(id);
    if (place == key_.writes.size() || key_.writes[place] == &write) continue;
    if (key_.writes[place]->invoked <= end) covered.push_back(place);
  }
  return covered;
}

std::optional<Finding> SiblingsRule::broken_by(const Sight& sight) const {
  Flags shown(key_.writes.size());
  for (const WriteId id : sight.values) {
    if (auto found = impossible(key_, id, sight.to)) return found;
    const std::size_t place = key_.place_of(id);
    const ClientOperation* write = key_.writes[place];
    if (write->kind == OperationKind::remove) {
      return Finding{Wrong::is_no_value, describe_write(write) + ", which is no value",
                     write};
    }
    if (shown[place])
      return Finding{Wrong::twice, describe_write(write) + " twice", write};
    shown[place] = true;
  }
  if (auto found = lost(sight, shown)) return found;
  return back(sight, shown);
}

// A value that was acknowledged, and is neither there nor replaced.
std::optional<Finding> SiblingsRule::lost(const Sight& sight, const Flags& shown) const {
  Flags replaced(key_.writes.size());
  Places took_effect;
  const auto may_have = [&](const ClientOperation& write) {
    return write.outcome != Outcome::refused && write.invoked <= sight.to;
  };
  for (std::size_t place = 0; place < key_.writes.size(); ++place) {
    const ClientOperation& write = *key_.writes[place];
    const bool is_delete = write.kind == OperationKind::remove;
    if (may_have(write) && (is_delete || shown[place])) took_effect.push_back(place);
  }
  const auto replace = [&](std::size_t place) {
    if (replaced[place] || !may_have(*key_.writes[place])) return;
    replaced[place] = true;
    took_effect.push_back(place);
  };
  for (auto begun = by_begin_.begin(); !took_effect.empty();) {
    const std::size_t successor = took_effect.back();
    took_effect.pop_back();
    for (const std::size_t place : covered_[successor]) replace(place);
    const std::optional<Tick> by = key_.writes[successor]->read_by;
    while (by && begun != by_begin_.end() && key_.writes[*begun]->invoked <= *by) {
      replace(*begun++);
    }
  }
  for (std::size_t place = 0; place < key_.writes.size(); ++place) {
    const ClientOperation& write = *key_.writes[place];
    const bool is_there = write.kind == OperationKind::remove || shown[place];
    if (is_there || replaced[place] || !must_show(write, sight)) continue;
    return Finding{Wrong::missing,
                   fmt::format("{}; {} is missing, though it was acknowledged before and "
                               "nothing replaced it",
                               listed(key_, sight), describe_write(&write)),
                   &write};
  }
  return {};
}

// A value that is there although what replaced it took effect for sure.
std::optional<Finding> SiblingsRule::back(const Sight& sight, const Flags& shown) const {
  std::vector<const ClientOperation*> replaced_by(key_.writes.size());
  Places took_effect;
  for (std::size_t place = 0; place < key_.writes.size(); ++place) {
    if (shown[place] || must_show(*key_.writes[place], sight))
      took_effect.push_back(place);
  }
  while (!took_effect.empty()) {
    const std::size_t successor = took_effect.back();
    took_effect.pop_back();
    for (const std::size_t place : covered_[successor]) {
      const ClientOperation& write = *key_.writes[place];
      if (replaced_by[place] != nullptr || write.outcome == Outcome::refused) continue;
      replaced_by[place] = key_.writes[successor];
      took_effect.push_back(place);
    }
  }
  for (std::size_t place = 0; place < key_.writes.size(); ++place) {
    const ClientOperation* const write = key_.writes[place];
    if (!shown[place] || replaced_by[place] == nullptr || write->may_return) continue;
    return Finding{Wrong::back,
                   fmt::format("{}, though its successor, {}, had taken effect",
                               describe_write(write), describe_write(replaced_by[place])),
                   write};
  }
  return {};
}

}  // namespace kv
