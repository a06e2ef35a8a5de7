// Every sequence of choices there is, one after the other.
//
// Idea      a run asks what happens next, and is told a number. Run again until there is
//           nothing new: the last choice that has an alternative takes the next one.
// Left out  choices that come to the same. Few messages have many orders.
#pragma once

#include <cstddef>
#include <vector>

namespace kv {

class AllChoices {
 public:
  // Which of `count` things happens: 0 to count - 1.
  std::size_t choose(std::size_t count) {
    if (at_ == path_.size()) path_.push_back({.chosen = 0, .count = count});
    return path_[at_++].chosen;
  }

  // Whether there is another sequence; the next run gets it.
  bool next() {
    ++runs_;
    at_ = 0;
    while (!path_.empty() && path_.back().chosen + 1 == path_.back().count) {
      path_.pop_back();
    }
    if (path_.empty()) return false;
    ++path_.back().chosen;
    return true;
  }

  [[nodiscard]] std::size_t runs() const { return runs_; }

 private:
  struct Fork {
    std::size_t chosen, count;
  };
  std::vector<Fork> path_;
  std::size_t at_ = 0;
  std::size_t runs_ = 0;
};

}  // namespace kv
