// What a store for threads is to do, as functions that any store can be held to. That a
// claim can fail is shown by the stores beside this file.
//
// `Make::open(disk)` makes the store: it has put and get, and on_wait if its lock is held
// while the disk works.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "tests/storage/gated_disk.hpp"
#include "v4_replicated_kv/runtime/store.hpp"
#include "v4_replicated_kv/simulation/simulated_disk.hpp"

namespace kv::claims {

struct OurStore {
  static std::unique_ptr<Store> open(std::unique_ptr<Disk> disk) {
    auto store = Store::open(std::move(disk), {.partitions = 8, .seed = 1});
    return store ? std::move(*store) : nullptr;
  }
};

// A store with one key, on a simulated disk with a gate at its syncs.
template <class Make>
class Scene {
 public:
  explicit Scene(GateStands where) {
    auto disk = open_simulated_disk(platter);
    store = Make::open(std::make_unique<GatedDisk>(std::move(*disk),
                                                   Gates{.syncs = gate, .where = where}));
    KV_CHECK(store && store->put("first", "0"), "an empty disk takes a store");
    if constexpr (kTells) store->on_wait([this] { somebody_waits.release(); });
  }

  // Starts a put, and returns once its sync is at the gate, which is shut.
  std::jthread put_up_to_the_gate(const std::string& key) {
    const std::uint64_t before = gate->arrived();
    gate->shut();
    std::jthread writer = start_put(key);
    gate->wait_for_arrivals(before + 1);
    return writer;
  }

  // Starts a put, and returns once the store has it and nothing but the gate keeps it
  // from being acknowledged.
  std::jthread put_behind_the_gate(const std::string& key) {
    std::jthread writer = start_put(key);
    if constexpr (kTells) {
      somebody_waits.acquire();
    } else {
      while (!*store->get(key)) std::this_thread::yield();
    }
    return writer;
  }

  static constexpr bool kTells = requires(decltype(*Make::open(nullptr)) made) {
    made.on_wait(std::function<void()>());
  };

  std::shared_ptr<SimulatedPlatter> platter = std::make_shared<SimulatedPlatter>(1);
  std::shared_ptr<Gate> gate = std::make_shared<Gate>();
  std::counting_semaphore<> somebody_waits{0};
  decltype(Make::open(nullptr)) store;

 private:
  std::jthread start_put(const std::string& key) {
    return std::jthread([this, key] { KV_CHECK(store->put(key, "1"), "acknowledged"); });
  }
};

// What a test of threads usually looks at: whether all that they put is there at the end.
template <class Make>
bool eight_threads_find_what_they_put() {
  Scene<Make> scene(GateStands::before_the_sync);
  constexpr int kThreads = 8;
  constexpr int kKeys = 20;
  const auto key_of = [](int thread, int i) {
    return std::to_string(thread) + "-" + std::to_string(i);
  };
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (int i = 0; i < kKeys; ++i) {
          KV_CHECK(scene.store->put(key_of(thread, i), "1"), "acknowledged");
        }
      });
    }
  }
  int found = 0;
  for (int thread = 0; thread < kThreads; ++thread) {
    for (int i = 0; i < kKeys; ++i) {
      found += *scene.store->get(key_of(thread, i)) == "1" ? 1 : 0;
    }
  }
  return found == kThreads * kKeys;
}

// Whether a key is read while a sync runs. (Where it is not, the reader tells that it
// waits.)
template <class Make>
bool reads_go_on_during_a_sync() {
  Scene<Make> scene(GateStands::before_the_sync);
  std::atomic<bool> answered = false;
  const std::jthread writer = scene.put_up_to_the_gate("written");
  const std::jthread reader([&] {
    KV_CHECK(*scene.store->get("first") == "0", "it was put");
    answered = true;
    scene.somebody_waits.release();
  });
  scene.somebody_waits.acquire();  // either of the two
  const bool went_on = answered;
  scene.gate->open();
  return went_on;
}

// How many more syncs so many puts cost that come while one is running.
template <class Make>
std::uint64_t syncs_for_puts_that_come_during_one(int puts) {
  Scene<Make> scene(GateStands::before_the_sync);
  std::uint64_t before = 0;
  {
    std::vector<std::jthread> writers;
    writers.push_back(scene.put_up_to_the_gate("leader"));
    before = scene.gate->arrived();
    for (int i = 0; i < puts; ++i) {
      writers.push_back(scene.put_behind_the_gate("w" + std::to_string(i)));
    }
    scene.gate->open();
  }
  return scene.gate->arrived() - before;
}

// Whether a put is there after a power cut that was acknowledged, and had begun while a
// sync was running that had done its work, and only not said so yet.
template <class Make>
bool a_put_that_came_during_a_sync_survives() {
  Scene<Make> scene(GateStands::after_the_sync);
  {
    const std::jthread early = scene.put_up_to_the_gate("early");
    const std::jthread late = scene.put_behind_the_gate("late");
    scene.gate->open();
  }  // both were acknowledged
  scene.platter->cut_power(Unsynced::all_lost);
  scene.store.reset();
  auto disk = open_simulated_disk(scene.platter);
  const auto restarted = OurStore::open(std::move(*disk));
  KV_CHECK(restarted && *restarted->get("early") == "1", "that one had its sync");
  return (*restarted->get("late")).has_value();
}

}  // namespace kv::claims
