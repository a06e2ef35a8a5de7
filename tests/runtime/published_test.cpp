#include "v4_replicated_kv/runtime/published.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/placement/history.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"

using namespace kv;

TEST_CASE("published: a value is kept until every reader has rested since") {
  Published<int> published(1);
  using Reader = Published<int>::Reader;
  Reader fast(published);
  auto slow = std::make_unique<Reader>(published);
  const int& old = slow->read();
  published.publish(2);
  published.publish(3);
  CHECK(fast.read() == 3);
  CHECK(old == 1);
  CHECK(published.kept() == 3);
  fast.rest();
  published.publish(4);
  CHECK(published.kept() == 4);  // the slow one may still look at 1
  slow->rest();
  published.publish(5);
  CHECK(published.kept() == 3);  // 3, as the fast one rested then; 4 and 5
  slow.reset();
  fast.rest();
  published.publish(6);
  CHECK(published.kept() == 2);
}

TEST_CASE("published: without readers only the newest value is kept") {
  Published<int> published(1);
  for (int i = 2; i < 100; ++i) published.publish(i);
  CHECK(published.kept() == 1);
  Published<int>::Reader reader(published);
  CHECK(reader.read() == 99);
}

TEST_CASE("published: readers see whole ring states, in order, while nodes come and go") {
  std::vector<Newcomer> nodes;
  for (int i = 0; i < 5; ++i) nodes.push_back({.name = fmt::format("n{}", i)});
  RingState state = found_ring(nodes, {.partitions = 64}).value();
  Published<RingState> published(state);
  std::atomic<bool> done = false;
  std::atomic<int> failures = 0;
  std::atomic<std::uint64_t> reads = 0;
  {
    std::vector<std::jthread> readers;
    for (std::uint64_t seed = 0; seed < 2; ++seed) {
      readers.emplace_back([&, seed] {
        Rng rng(seed);
        Published<RingState>::Reader reader(published);
        std::uint64_t last = 0;
        do {
          const RingState& now = reader.read();
          if (now.epoch.raw() < last) ++failures;
          last = now.epoch.raw();
          for (const NodeId node : now.table.owners(KeyHash{rng.next()})) {
            if (now.find(node) == nullptr) ++failures;
          }
          reader.rest();
          ++reads;
        } while (!done);
      });
    }
    for (int i = 5; i < 305; ++i) {
      state = with_joined(state, {.name = fmt::format("n{}", i)}).value();
      published.publish(state);
      state = with_left(state, fmt::format("n{}", i - 5)).value();
      published.publish(state);
      // On one core the readers have to get a turn as well.
      std::this_thread::yield();
    }
    done = true;
  }
  CHECK(failures == 0);
  CHECK(reads >= 2);
  published.publish(state);
  CHECK(published.kept() == 1);
}
