// How databases join, leave and change their weight.
#include <algorithm>
#include <cmath>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include <fmt/format.h>

#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "v3_virtual_nodes/bank/bank.hpp"

namespace kv::bank {

// Settles what the last change left in `stripe`, whose lock and changes_mutex_ are held,
// and books who moved it.
void Bank::finish(Stripe& stripe) {
  if (stripe.before == nullptr) return;
  changes_.back().swept += settle(stripe);
  changes_.back().touched += std::exchange(stripe.touched, 0);
}

void Bank::finish_moves() {
  const std::scoped_lock one_change(changes_mutex_);
  for (Stripe& stripe : stripes_) {
    const std::unique_lock moving(stripe.mutex);
    finish(stripe);
  }
}

// Turns one stripe after the other to `next`, so that no operation waits longer than one
// stripe takes. A stripe in which records of the last change still move settles first:
// that is how changes follow each other faster than records are touched.
void Bank::change(Action action, const std::string& database, Routing next) {
  changes_.reserve(changes_.size() + 1);  // so that nothing can fail half-way
  newest_ = std::make_shared<const Routing>(std::move(next));
  Change change{.action = action, .database = database};
  for (Stripe& stripe : stripes_) {
    const std::unique_lock moving(stripe.mutex);
    finish(stripe);
    turn_to(stripe, newest_);
    if (rebalance_ == Rebalance::at_once) change.in_change += settle(stripe);
  }
  changes_.push_back(std::move(change));
}

Routing Bank::copy_of_newest() const {
  if (newest_ != nullptr) return *newest_;
  return {.ring = Ring(hash_, replication_factor_), .members = {}};
}

Result<Node> Bank::member_called(const std::string& name) const {
  if (newest_ != nullptr) {
    for (const auto& member : newest_->members) {
      if (member && member->node.name == name) return member->node;
    }
  }
  return refuse(Errc::unknown_database,
                fmt::format("{}: there is no database of that name", printable(name)));
}

// Whether `node` can join the members of `without`.
Result<void> Bank::check(const Node& node, const Routing& without) const {
  const auto wrong = [&](std::string_view what) {
    return refuse(Errc::bad_database, fmt::format("{}: {}", printable(node.name), what));
  };
  if (node.name.empty() || one_line(node.name) != node.name) {
    return wrong("a database's name is at least one character, and all can be printed");
  }
  if (!std::isfinite(node.weight) || node.weight <= 0) {
    return wrong("a weight is a number above 0");
  }
  const auto tokens = [&](const Node& each) {
    return std::max(each.weight * static_cast<double>(replication_factor_), 1.0);
  };
  double all = tokens(node);
  std::size_t databases = 1;
  for (const auto& member : without.members) {
    if (!member || member->node.id == node.id) continue;
    all += tokens(member->node);
    ++databases;
  }
  if (all > static_cast<double>(kTokensMax)) {
    return wrong(fmt::format("makes {:.0f} places on the ring, and {} is the most", all,
                             kTokensMax));
  }
  if (databases > kDatabasesMax) {
    return wrong(fmt::format("is one database more than {}", kDatabasesMax));
  }
  return {};
}

Result<void> Bank::add_database(const std::string& name, double weight) {
  const std::scoped_lock one_change(changes_mutex_);
  if (member_called(name)) {
    return refuse(
        Errc::duplicate_database,
        fmt::format("{}: there is a database of that name already", printable(name)));
  }
  Routing next = copy_of_newest();
  // A database that comes back is the same node, but with an empty cabinet.
  const auto new_id = NodeId{static_cast<std::uint32_t>(ids_.size())};
  const auto known = ids_.find(name);
  const Node node{
      .id = known == ids_.end() ? new_id : known->second, .name = name, .weight = weight};
  if (auto checked = check(node, next); !checked) return checked;
  ids_.try_emplace(name, node.id);
  next.ring.add(node);
  next.members.resize(std::max<std::size_t>(next.members.size(), node.id.raw() + 1));
  next.members[node.id.raw()] =
      Member{.node = node, .database = std::make_shared<Database>()};
  change(Action::add, name, std::move(next));
  return {};
}

Result<void> Bank::remove_database(const std::string& name) {
  const std::scoped_lock one_change(changes_mutex_);
  const auto node = member_called(name);
  if (!node) return std::unexpected(node.error());
  Routing next = copy_of_newest();
  next.ring.remove(node->id);
  next.members[node->id.raw()].reset();
  if (next.empty()) {
    return refuse(Errc::last_database,
                  fmt::format("{}: is the last database, and records need a place; add "
                              "another first",
                              printable(name)));
  }
  change(Action::remove, name, std::move(next));
  return {};
}

Result<void> Bank::weigh_database(const std::string& name, double weight) {
  const std::scoped_lock one_change(changes_mutex_);
  auto node = member_called(name);
  if (!node) return std::unexpected(node.error());
  node->weight = weight;
  Routing next = copy_of_newest();
  if (auto checked = check(*node, next); !checked) return checked;
  next.ring.remove(node->id);
  next.ring.add(*node);
  next.members[node->id.raw()]->node = *node;
  change(Action::weight, name, std::move(next));
  return {};
}

std::vector<Change> Bank::changes() {
  const std::scoped_lock one_change(changes_mutex_);
  auto so_far = changes_;
  if (so_far.empty()) return so_far;
  for (Stripe& stripe : stripes_) {  // touched, and not booked yet
    const std::shared_lock reading(stripe.mutex);
    so_far.back().touched += stripe.touched;
  }
  return so_far;
}

}  // namespace kv::bank
