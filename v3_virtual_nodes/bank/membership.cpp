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
  // All that needs memory comes first, so that nothing can fail half-way. Room for the
  // history is doubled: for one more at a time, each change would copy all of it.
  Change change{.action = action, .database = database};
  auto newest = std::make_shared<const Routing>(std::move(next));
  if (changes_.size() == changes_.capacity()) changes_.reserve(2 * changes_.size() + 1);
  newest_ = std::move(newest);
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

// Whether `node` can join the members of `without`, of whom it is none.
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
  const auto places = [](const auto& count) {
    return fmt::format("makes {} places on the ring, and {} is the most", count,
                       kTokensMax);
  };
  // A weight may be so large that its places cannot be counted in 64 bits.
  const double own = node.weight * static_cast<double>(replication_factor_);
  if (own > 2 * static_cast<double>(kTokensMax)) return wrong(places("too many"));
  const std::uint64_t all =
      without.ring.table().size() + tokens_for(node.weight, replication_factor_);
  if (all > kTokensMax) return wrong(places(all));
  const auto databases = std::ranges::count_if(
      without.members, [](const auto& member) { return member.has_value(); });
  if (databases >= static_cast<std::ptrdiff_t>(kDatabasesMax)) {
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
  const auto id = roll_.id_for(name);
  if (!id) {
    return refuse(Errc::bad_database,
                  fmt::format("{}: is one name more than the {} that a bank can tell "
                              "apart, those of databases that left included; take one "
                              "of them again",
                              printable(name), kNodesMax));
  }
  const Node node{.id = *id, .name = name, .weight = weight};
  if (auto checked = check(node, next); !checked) return checked;
  roll_.enter(name);
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
  auto& member = next.members[node->id.raw()];
  const auto database = member->database;
  member.reset();
  next.ring.remove(node->id);
  if (auto checked = check(*node, next); !checked) return checked;
  next.ring.add(*node);
  member = Member{.node = *node, .database = database};
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
