#include "v4_replicated_kv/bench/workload.hpp"

#include "common/base/check.hpp"

namespace kv::bench {

namespace {

constexpr std::uint64_t kScanMost = 100;

}  // namespace

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::read:
      return "read";
    case Kind::update:
      return "update";
    case Kind::insert:
      return "insert";
    case Kind::scan:
      return "scan";
    case Kind::read_modify_write:
      break;
  }
  return "read_modify_write";
}

OperationSource::OperationSource(const Workload& workload, Distribution distribution,
                                 std::uint64_t keys, std::size_t thread,
                                 std::size_t threads, Rng rng)
    : workload_(workload),
      distribution_(distribution),
      keys_(keys),
      next_insert_(keys + thread),
      threads_(threads),
      rng_(rng),
      zipf_(keys) {}

Operation OperationSource::next() {
  std::uint64_t part = rng_.below(100);
  const auto falls_to = [&](std::uint64_t share) {
    if (part < share) return true;
    part -= share;
    return false;
  };
  if (falls_to(workload_.read)) {
    return {.kind = Kind::read, .key = workload_.reads_newest ? new_key() : any_key()};
  }
  if (falls_to(workload_.update)) return {.kind = Kind::update, .key = any_key()};
  if (falls_to(workload_.scan)) {
    return {.kind = Kind::scan,
            .limit = static_cast<std::uint32_t>(1 + rng_.below(kScanMost))};
  }
  if (falls_to(workload_.insert)) {
    const std::uint64_t key = next_insert_;
    next_insert_ += threads_;
    return {.kind = Kind::insert, .key = key};
  }
  KV_CHECK(workload_.read_modify_write > 0, "the parts of a workload are a hundred");
  return {.kind = Kind::read_modify_write, .key = any_key()};
}

std::uint64_t OperationSource::any_key() {
  if (distribution_ == Distribution::uniform) return rng_.below(keys_);
  return scattered(zipf_.next(rng_), keys_);
}

std::uint64_t OperationSource::new_key() {
  const std::uint64_t count = keys_ + inserted_.size();
  std::uint64_t age = 0;
  if (distribution_ == Distribution::uniform) {
    age = rng_.below(count);
  } else {
    zipf_.resize(count);
    age = zipf_.next(rng_);
  }
  // The newest of our own; behind them those that were there before.
  return age < inserted_.size() ? inserted_[inserted_.size() - 1 - age] : count - 1 - age;
}

}  // namespace kv::bench
