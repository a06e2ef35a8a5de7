// Many clients while nodes are killed and come back: what was acknowledged is there, and no
// read sees less than what was acknowledged before it began.
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "common/base/rng.hpp"
#include "tests/runtime/clusters.hpp"

using namespace kv;
using namespace kv::test;
using namespace std::chrono_literals;

namespace {

constexpr int kWriters = 4;
constexpr int kReaders = 4;
constexpr int kKeysEach = 5;

// A key has one writer, which counts up: its value is the number of the write.
struct Counted {
  std::atomic<std::uint64_t> begun{0};  // numbers up to here may be seen
  std::atomic<std::uint64_t> done{0};   // this one, and none before it, must be

  // But those that nobody knew what became of may come up at any time, as they said.
  std::mutex mutex;
  std::set<std::uint64_t> unknown;

  bool may_be_seen(std::uint64_t number, std::uint64_t at_least) {
    if (number >= at_least) return number <= begun;
    const std::scoped_lock lock(mutex);
    return unknown.contains(number);
  }
};

std::string key_of(std::size_t index) {
  return "counter-" + std::to_string(index);
}

std::uint64_t number_in(const ReadAnswer& answer) {
  return answer.values.empty() ? 0 : std::stoull(answer.values.front());
}

struct Story {
  Cluster& cluster;
  std::vector<Counted> keys = std::vector<Counted>(kWriters * kKeysEach);
  std::atomic<bool> is_over{false};
  std::atomic<std::uint64_t> puts{0}, reads{0}, wrong{0};

  void write(int writer) {
    Rng rng(static_cast<std::uint64_t>(writer));
    while (!is_over) {
      const std::size_t index =
          static_cast<std::size_t>(writer) * kKeysEach + rng.below(kKeysEach);
      Counted& key = keys[index];
      const std::uint64_t number = ++key.begun;
      const auto put = cluster.put(key_of(index), std::to_string(number));
      if (put.outcome == Outcome::unknown) {
        const std::scoped_lock lock(key.mutex);
        key.unknown.insert(number);
      }
      if (!put.ok()) continue;
      key.done = number;
      ++puts;
    }
  }

  void read(int reader) {
    Rng rng(1000 + static_cast<std::uint64_t>(reader));
    while (!is_over) {
      const std::size_t index = rng.below(keys.size());
      const std::uint64_t at_least = keys[index].done;  // before it is asked
      check(index, cluster.get(key_of(index)), at_least);
    }
  }

  // Regular: what was done last when it was asked, or what was begun since.
  void check(std::size_t index, const ReadAnswer& answer, std::uint64_t at_least) {
    if (!answer.ok()) return;
    const std::uint64_t seen = number_in(answer);
    ++reads;
    if (!keys[index].may_be_seen(seen, at_least)) {
      ++wrong;
      MESSAGE(key_of(index) << ": read " << seen << ", acknowledged " << at_least);
    }
  }
};

void play(std::size_t loops) {
  const TemporaryDirectory directory;
  ClusterOptions options = quick_options();
  options.loops = loops;
  options.segment_bytes = std::uint64_t{64} << 10;
  options.timeout = 2s;
  const auto cluster = open_in(directory.path() + "/c", options);
  Story story{.cluster = *cluster};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kWriters; ++i) threads.emplace_back([&, i] { story.write(i); });
    for (int i = 0; i < kReaders; ++i) threads.emplace_back([&, i] { story.read(i); });
    Rng rng(7);
    for (int round = 0; round < 9; ++round) {
      const std::string node = "n" + std::to_string(1 + rng.below(3));
      const std::uint64_t before = story.puts;
      REQUIRE((round % 3 == 2 ? cluster->stop(node) : cluster->kill(node)).has_value());
      // So that something happens without it, and then with it.
      while (story.puts < before + 50) std::this_thread::yield();
      REQUIRE(cluster->start(node).has_value());
      REQUIRE(cluster->wait_for(node, Stage::whole, kPatience));
      while (story.puts < before + 100) std::this_thread::yield();
    }
    story.is_over = true;
  }
  for (std::size_t i = 0; i < story.keys.size(); ++i) {
    const auto answer = cluster->get(key_of(i));
    CHECK_MESSAGE(answer.ok(), answer.detail);
    story.check(i, answer, story.keys[i].done);
  }
  CHECK(story.wrong == 0);
  CHECK(story.puts >= 900);
  CHECK(story.reads > 0);
}

}  // namespace

TEST_CASE("nothing acknowledged is lost, and every read is regular, on one loop") {
  play(1);
}

TEST_CASE("nothing acknowledged is lost, and every read is regular, on three loops") {
  play(3);
}
