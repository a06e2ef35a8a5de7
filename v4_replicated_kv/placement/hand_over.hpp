// From those who hold too much to those who hold too little, on the cheapest paths.
//
// Idea      where a giver has nothing that the taker may have (it holds those rows
//           already, or its zone is full there), a third can help: it takes a copy from
//           the giver and gives another to the taker. Draw an arrow from a to b, with its
//           price, where a could hand something to b; then a path is such a chain.
// Why       taking the cheapest path each time, from what could not be cheaper before,
//           keeps the whole as cheap as can be. That is the method of successive shortest
//           paths for flows of least cost (Ahuja, Magnanti and Orlin, "Network Flows",
//           chapter 9).
// Breaks if  a circle of arrows has a negative price: then what was there was not
//            cheapest.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "v4_replicated_kv/placement/quota.hpp"

namespace kv {

inline constexpr int kNoOffer = std::numeric_limits<int>::max();

// How many each holds, and how many it should.
class Accounts {
 public:
  Accounts(std::vector<std::size_t> held, std::span<const Between> due,
           std::vector<double> share)
      : held_(std::move(held)), due_(due), share_(std::move(share)) {}

  [[nodiscard]] std::size_t size() const { return held_.size(); }
  [[nodiscard]] bool must_give(std::size_t i) const { return held_[i] > due_[i].most; }
  [[nodiscard]] bool must_take(std::size_t i) const { return held_[i] < due_[i].least; }
  [[nodiscard]] bool can_give(std::size_t i) const { return held_[i] > due_[i].least; }
  [[nodiscard]] bool can_take(std::size_t i) const { return held_[i] < due_[i].most; }

  // How far below its share it is.
  [[nodiscard]] double lack(std::size_t i) const {
    return share_[i] - static_cast<double>(held_[i]);
  }

  void give(std::size_t i) { --held_[i]; }
  void take(std::size_t i) { ++held_[i]; }

 private:
  std::vector<std::size_t> held_;
  std::span<const Between> due_;
  std::vector<double> share_;
};

// The cheapest path from any giver to any taker, and of several the shortest; then that
// to the taker who lacks most. price(a, b) is what it costs that a hands something to b,
// or kNoOffer. Empty if there is no path. (Bellman and Ford's method with a queue: prices
// may be negative, circles are not.)
template <class Price>
[[nodiscard]] std::vector<std::size_t> cheapest_path(const Accounts& accounts,
                                                     const std::vector<bool>& givers,
                                                     const std::vector<bool>& takers,
                                                     const Price& price) {
  const std::size_t size = accounts.size();
  // A step costs a little, so that shorter is cheaper, but all steps less than one unit.
  const int step = 1;
  const int unit = static_cast<int>(size) + 1;
  std::vector<int> cost(size, kNoOffer);
  std::vector<std::size_t> before(size, size);
  std::vector<bool> waiting(givers);
  std::deque<std::size_t> queue;
  for (std::size_t i = 0; i < size; ++i) {
    if (!givers[i]) continue;
    cost[i] = 0;
    queue.push_back(i);
  }
  while (!queue.empty()) {
    const std::size_t a = queue.front();
    queue.pop_front();
    waiting[a] = false;
    for (std::size_t b = 0; b < size; ++b) {
      const int units = price(a, b);
      if (units == kNoOffer || cost[a] + units * unit + step >= cost[b]) continue;
      cost[b] = cost[a] + units * unit + step;
      before[b] = a;
      if (!waiting[b]) queue.push_back(b);
      waiting[b] = true;
    }
  }
  std::size_t end = size;
  for (std::size_t i = 0; i < size; ++i) {
    if (!takers[i] || cost[i] == kNoOffer) continue;
    if (end == size || cost[i] < cost[end] ||
        (cost[i] == cost[end] && accounts.lack(i) > accounts.lack(end))) {
      end = i;
    }
  }
  std::vector<std::size_t> path;
  for (std::size_t at = end; at != size; at = before[at]) path.insert(path.begin(), at);
  return path;
}

// Brings everybody within what is due: first down to the most, then up to the least,
// which takes nobody above the most again. hand_over(a, b) makes a give b what price(a,
// b) was about.
template <class Price, class HandOver>
void settle(Accounts& accounts, const Price& price, HandOver hand_over) {
  const auto those = [&](bool (Accounts::*which)(std::size_t) const) {
    std::vector<bool> chosen(accounts.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) chosen[i] = (accounts.*which)(i);
    return chosen;
  };
  const auto any = [](const std::vector<bool>& of) {
    return std::ranges::find(of, true) != of.end();
  };
  for (;;) {
    auto givers = those(&Accounts::must_give);
    auto takers = those(&Accounts::must_take);
    if (!any(givers) && !any(takers)) return;
    if (any(givers)) {
      takers = those(&Accounts::can_take);
    } else {
      givers = those(&Accounts::can_give);
    }
    const auto path = cheapest_path(accounts, givers, takers, price);
    KV_CHECK(path.size() > 1, "shares that can be dealt can be reached");
    for (std::size_t i = 0; i + 1 < path.size(); ++i) hand_over(path[i], path[i + 1]);
    accounts.give(path.front());
    accounts.take(path.back());
  }
}

}  // namespace kv
