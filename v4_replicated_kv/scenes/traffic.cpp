#include "v4_replicated_kv/scenes/traffic.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "common/base/rng.hpp"

namespace kv {

namespace {

std::string key_of(std::size_t index) {
  return fmt::format("counter-{}", index);
}

std::uint64_t number_in(const ReadAnswer& answer) {
  std::uint64_t number = 0;
  if (answer.values.empty()) return number;
  const std::string& text = answer.values.front();
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Traffic::Traffic(Cluster& cluster, TrafficPlan plan)
    : cluster_(cluster), plan_(std::move(plan)), keys_(plan_.writers * plan_.keys_each) {
  for (std::size_t i = 0; i < plan_.writers; ++i) {
    threads_.emplace_back([this, i] { write(i); });
  }
  for (std::size_t i = 0; i < plan_.readers; ++i) {
    threads_.emplace_back([this, i] { read(i); });
  }
}

Traffic::~Traffic() {
  end();
}

bool Traffic::wait_for(std::uint64_t acknowledged,
                       std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  return more_.wait_until(lock, until, [&] { return acknowledged_ >= acknowledged; });
}

void Traffic::end() {
  is_over_ = true;
  threads_.clear();
}

// A node that does not say "ok" is left for another one.
void Traffic::write(std::size_t writer) {
  Rng rng(writer);
  std::size_t node = writer;
  for (std::uint64_t done = 0; done < plan_.writes_each && !is_over_;) {
    const std::size_t index = writer * plan_.keys_each + rng.below(plan_.keys_each);
    Key& key = keys_[index];
    const std::uint64_t number = ++key.begun;
    PutOptions how;
    how.via = plan_.nodes[node % plan_.nodes.size()];
    how.timeout = plan_.timeout;
    const auto put = cluster_.put(key_of(index), std::to_string(number), how);
    if (put.ok()) {
      key.done = number;
      ++done;
      const std::scoped_lock lock(mutex_);
      ++acknowledged_;
      more_.notify_one();
      continue;
    }
    ++node;
    if (put.outcome == Outcome::refused) {
      ++refused_;
      continue;
    }
    ++unknown_;
    const std::scoped_lock lock(key.mutex);
    key.unknown.insert(number);
  }
}

void Traffic::read(std::size_t reader) {
  constexpr std::uint64_t kUnlikeWriters = 1000;
  Rng rng(kUnlikeWriters + reader);
  std::size_t node = reader;
  while (!is_over_) {
    const std::size_t index = rng.below(keys_.size());
    const std::uint64_t at_least = keys_[index].done;
    GetOptions how;
    how.via = plan_.nodes[node % plan_.nodes.size()];
    how.timeout = plan_.timeout;
    const auto answer = cluster_.get(key_of(index), how);
    if (!answer.ok()) {
      ++node;
      continue;
    }
    ++reads_;
    if (!may_be_seen(keys_[index], number_in(answer), at_least)) ++outdated_;
  }
}

bool Traffic::may_be_seen(Key& key, std::uint64_t number, std::uint64_t at_least) {
  if (number >= at_least) return number <= key.begun;
  const std::scoped_lock lock(key.mutex);
  return key.unknown.contains(number);
}

std::uint64_t Traffic::count_lost() {
  std::uint64_t lost = 0;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const auto answer = cluster_.get(key_of(i));
    if (!answer.ok() || !may_be_seen(keys_[i], number_in(answer), keys_[i].done)) ++lost;
  }
  return lost;
}

TrafficCount Traffic::count() const {
  const std::scoped_lock lock(mutex_);
  return {.acknowledged = acknowledged_,
          .unknown = unknown_,
          .refused = refused_,
          .reads = reads_,
          .outdated = outdated_};
}

}  // namespace kv
