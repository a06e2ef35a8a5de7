#include "v4_replicated_kv/versioning/history.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kv {

bool History::covers(const Dot& dot) const {
  return vector_.covers(dot) || std::ranges::binary_search(dots_, dot);
}

void History::add(const Dot& dot) {
  if (covers(dot)) return;
  dots_.insert(std::ranges::upper_bound(dots_, dot), dot);
}

void History::raise(const Dot& dot) {
  vector_.raise(dot);
  fold();
}

void History::join(const History& other) {
  vector_.join(other.vector_);
  std::vector<Dot> both;
  std::ranges::set_union(dots_, other.dots_, std::back_inserter(both));
  dots_ = std::move(both);
  fold();
}

void History::fold() {
  std::erase_if(dots_, [this](const Dot& dot) { return vector_.covers(dot); });
}

}  // namespace kv
