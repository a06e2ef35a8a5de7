// Group commit alone, its steps in an order that a store meets once in many failures;
// also built with the thread sanitizer.
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/storage/gated_disk.hpp"
#include "v4_replicated_kv/runtime/group_commit.hpp"
#include "v4_replicated_kv/simulation/simulated_disk.hpp"
#include "v4_replicated_kv/storage/recovery.hpp"

using namespace kv;

namespace {

constexpr std::uint64_t kSegmentBytes = 4096;

Recovered empty_log_on(Disk& disk) {
  Rng rng(1);
  auto recovered = recover(disk, {.partitions = 8}, 1000, rng);
  REQUIRE(recovered);
  return *std::move(recovered);
}

void make_room(LogEngine& engine, Disk& disk) {
  auto spare = make_spare(disk, spare_name(1), kSegmentBytes);
  REQUIRE(spare);
  engine.spare({.nonce = 1, .bytes = kSegmentBytes, .file = std::move(*spare)});
}

std::uint64_t write_one(LogEngine& engine) {
  const auto seq =
      engine.write({.hash = KeyHash{1}, .key = "k", .value = "v", .stored = "v"});
  REQUIRE(seq);
  return *seq;
}

}  // namespace

// Whoever is woken to lead next, and then sees a failure that a thread of housekeeping has
// told meanwhile, is the only one who can wake the others.
TEST_CASE("a failure between two leaders leaves nobody waiting") {
  auto gate = std::make_shared<Gate>();
  auto plain = open_simulated_disk(std::make_shared<SimulatedPlatter>(1));
  REQUIRE(plain);
  GatedDisk disk(std::move(*plain), {.syncs = gate});
  LogEngine engine({.segment_bytes = kSegmentBytes}, empty_log_on(disk));
  make_room(engine, disk);
  GroupCommit commit(engine, disk);
  std::mutex mutex;
  gate->shut();
  std::jthread leader([&] {
    GroupCommit::Lock lock(mutex);
    CHECK(commit.durable(lock, write_one(engine)));
    // It has woken one of the others, who cannot go on before the lock is let go of.
    engine.failed({.code = Errc::io, .detail = "told by another thread"});
  });
  gate->wait_for_arrivals(1);
  constexpr std::uint64_t kOthers = 3;
  std::vector<std::jthread> others;
  for (std::uint64_t i = 0; i < kOthers; ++i) {
    others.emplace_back([&] {
      GroupCommit::Lock lock(mutex);
      CHECK_FALSE(commit.durable(lock, write_one(engine)));
    });
  }
  const auto all_wait = [&] {  // they let go of the lock when they do
    const std::scoped_lock lock(mutex);
    return engine.log().next_seq() == 2 + kOthers;
  };
  while (!all_wait()) std::this_thread::yield();
  gate->open();
}
