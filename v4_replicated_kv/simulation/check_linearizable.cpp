#include "v4_replicated_kv/simulation/check_linearizable.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "v4_replicated_kv/simulation/register_rule.hpp"
#include "v4_replicated_kv/simulation/zone.hpp"

namespace kv {

namespace {

class LinearizableRegister {
 public:
  explicit LinearizableRegister(const KeyOperations& key)
      : key_(key), clusters_(clusters_of_writes(key)) {
    deleted_ = std::ranges::any_of(key.writes, [](const ClientOperation* write) {
      return write->kind == OperationKind::remove && write->outcome != Outcome::refused;
    });
  }

  // Nothing if an order explains all.
  [[nodiscard]] std::optional<Violation> check() {
    for (const ClientOperation* read : key_.reads) {
      if (read->level != Level::linearizable) continue;
      if (auto found = take(*read)) return violation_of(key_, *read, *found);
    }
    split_zones();
    if (auto wrong = forward_zones_overlap()) return wrong;
    if (auto wrong = backward_zone_within()) return wrong;
    return unnamed_read_wrong();
  }

 private:
  // Adds a read to the cluster of what it saw, or says why it belongs to none.
  std::optional<Finding> take(const ClientOperation& read) {
    if (read.seen.size() > 1 || (read.seen.empty() && deleted_)) {
      unnamed_.push_back(&read);
      return {};
    }
    if (read.seen.empty() || read.seen.front() == kNeverWritten) {
      start_.add(read);
      return {};
    }
    if (auto found = impossible(key_, read.seen.front(), *read.returned)) return found;
    clusters_[key_.place_of(read.seen.front())].add(read);
    return {};
  }

  void split_zones() {
    if (start_.last_begun != nullptr) forward_.push_back(&start_);
    for (std::size_t place = 0; place < clusters_.size(); ++place) {
      if (key_.writes[place]->may_return) continue;
      const Zone& zone = clusters_[place];
      (zone.is_forward() ? forward_ : backward_).push_back(&zone);
    }
    std::ranges::sort(forward_, {}, &Zone::over);
  }

  [[nodiscard]] std::optional<Violation> forward_zones_overlap() const {
    const auto at = std::ranges::adjacent_find(
        forward_, [](const Zone* a, const Zone* b) { return b->over < a->begun; });
    if (at == forward_.end()) return {};
    const Zone& one = **at;
    const Zone& other = **std::next(at);
    return no_order(one.describe(), other.describe(),
                    one.begun < other.begun ? *other.last_begun : *one.last_begun);
  }

  // The forward zone that is there from before `from` to after `to`; null if none.
  // They do not overlap, so it is the last that is there before `from`.
  [[nodiscard]] const Zone* around(std::uint64_t from, std::uint64_t to) const {
    const auto after = std::ranges::lower_bound(forward_, from, {}, &Zone::over);
    if (after == forward_.begin()) return nullptr;
    const Zone* zone = *std::prev(after);
    return to < zone->begun ? zone : nullptr;
  }

  [[nodiscard]] std::optional<Violation> backward_zone_within() const {
    for (const Zone* zone : backward_) {
      const Zone* other = around(zone->begun, zone->over);
      if (other == nullptr) continue;
      return no_order(other->describe(), zone->describe(), *other->last_begun);
    }
    return {};
  }

  [[nodiscard]] std::optional<Violation> unnamed_read_wrong() const {
    if (unnamed_.empty()) return {};
    const RegisterRule rule(key_);
    for (const ClientOperation* read : unnamed_) {
      const auto found = rule.broken_by(sight_of(*read));
      if (found) return violation_of(key_, *read, *found);
      const Zone* zone = around(moment(read->invoked), moment(*read->returned));
      if (zone == nullptr || !zone->holds_value()) continue;
      return no_order(zone->describe(), describe(*read) + " saw nothing", *read);
    }
    return {};
  }

  // `about`: the last of those that contradict each other.
  [[nodiscard]] Violation no_order(const std::string& one, const std::string& other,
                                   const ClientOperation& about) const {
    return {.key = key_.key,
            .wrong = Wrong::in_no_order,
            .sentence = fmt::format("no order explains that {}, and that {}", one, other),
            .when = interval_of(about)};
  }

  KeyOperations key_;
  std::vector<Zone> clusters_;  // by place in key_.writes
  Zone start_;                  // before the first write
  bool deleted_ = false;
  std::vector<const ClientOperation*> unnamed_;
  std::vector<const Zone*> forward_, backward_;
};

bool is_promised(const KeyOperations& key) {
  return std::ranges::none_of(key.writes, [](const ClientOperation* write) {
    return write->level == Level::one && write->outcome != Outcome::refused;
  });
}

}  // namespace

std::optional<Violation> check_linearizable(const ClientHistory& history) {
  const OperationsByKey operations(history);
  for (const KeyOperations& key : operations.keys()) {
    if (!is_promised(key)) continue;
    if (auto wrong = LinearizableRegister(key).check()) return wrong;
  }
  return {};
}

}  // namespace kv
