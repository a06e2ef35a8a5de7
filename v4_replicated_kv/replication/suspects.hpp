// Whom a coordinator had better not wait for, and whom it asks first because of that.
//
//   told     somebody who watches the nodes says that one is down, or is not any more
//   late     this node waited for an answer for longer than it had patience: until it hears
//            anything of that one
//
// Idea      nobody can tell a dead node from a slow one, so a suspicion is a guess, and may be
//           wrong at any time. It changes the order in which owners are asked, and when. Who
//           is an owner and how many have to answer it cannot change: nobody who counts looks
//           in here.
// Breaks if  a suspect is left out: a wrong guess about two of three would be an outage. It is
//            asked where too few others are there, and is sent every write.
// Threads   one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <set>

#include "v4_replicated_kv/replication/owners.hpp"

namespace kv {

class Suspects {
 public:
  // What the node was told. Whether it is suspected now, and was not before.
  bool told(NodeId node, bool is_suspected) {
    const bool was = has(node);
    if (is_suspected) {
      told_.insert(node);
    } else {
      told_.erase(node);
      late_.erase(node);
    }
    return !was && is_suspected;
  }

  void is_late(NodeId node) { late_.insert(node); }
  // Anything: it is not late any more.
  void heard(NodeId node) {
    if (!late_.empty()) late_.erase(node);
  }

  [[nodiscard]] bool has(NodeId node) const {
    return told_.contains(node) || late_.contains(node);
  }

  [[nodiscard]] OwnerSet among(const Owners& owners) const {
    OwnerSet suspected;
    if (told_.empty() && late_.empty()) return suspected;
    for (std::size_t place = 0; place < owners.size(); ++place) {
      if (has(owners.at(place))) suspected.add(place);
    }
    return suspected;
  }

 private:
  std::set<NodeId> told_;
  std::set<NodeId> late_;
};

// In which order the owners of a key are asked: this node, if it is one, as that answer
// crosses no network; then the others in the row's order; suspects last.
class AskingOrder {
 public:
  AskingOrder(const Owners& owners, NodeId self, const Suspects& suspects)
      : AskingOrder(owners, self, suspects.among(owners)) {}

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t at(std::size_t i) const { return places_[i]; }

  // How many to ask at once where so many have to answer: all, where that takes a suspect.
  [[nodiscard]] std::size_t to_ask(std::size_t answers) const {
    return answers <= trusted_ ? answers : size_;
  }

  // The first who is not among these.
  [[nodiscard]] std::optional<std::size_t> next(OwnerSet asked) const {
    for (std::size_t i = 0; i < size_; ++i) {
      if (!asked.has(places_[i])) return places_[i];
    }
    return std::nullopt;
  }

 private:
  AskingOrder(const Owners& owners, NodeId self, OwnerSet suspected)
      : size_(owners.size()), trusted_(size_ - suspected.size()) {
    const std::size_t first = owners.place_of(self).value_or(0);
    std::size_t trusted = 0;
    std::size_t doubtful = trusted_;
    for (std::size_t i = 0; i < size_; ++i) {
      const std::size_t place = (first + i) % size_;
      places_[suspected.has(place) ? doubtful++ : trusted++] = place;
    }
  }

  std::array<std::size_t, kCopiesMax> places_{};
  std::size_t size_;
  std::size_t trusted_;  // of those that come first
};

}  // namespace kv
