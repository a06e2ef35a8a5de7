// What it costs to find three owners in the partition table, and to change it.
//
// "three owners" compares a look-up with the plainest thing that could do it, the same
// also while another thread publishes a new table again and again; "change" is what one
// epoch costs to compute, at 4,096 partitions. Repetitions of all are interleaved.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "common/hash/functions.hpp"
#include "tests/bench/interleaved.hpp"
#include "tests/bench/workload.hpp"
#include "v4_replicated_kv/placement/ring_state.hpp"
#include "v4_replicated_kv/placement/walk.hpp"
#include "v4_replicated_kv/runtime/published.hpp"

namespace {

using namespace kv;

constexpr std::size_t kCopies = 3;

std::vector<Newcomer> newcomers(std::size_t nodes, std::size_t zones) {
  std::vector<Newcomer> made;
  for (std::size_t i = 0; i < nodes; ++i) {
    made.push_back({.name = fmt::format("node_{}", i + 1),
                    .zone = zones == 0 ? "" : fmt::format("zone_{}", i % zones)});
  }
  return made;
}

RingState ring_of(std::size_t nodes, std::size_t zones = 0) {
  return found_ring(newcomers(nodes, zones), {.copies = kCopies}).value();
}

// Three ids side by side for each of 4,096 slots, and nothing else: the limit.
void plain_table(benchmark::State& state, std::size_t nodes) {
  const RingState ring = ring_of(nodes);
  std::vector<std::array<std::uint32_t, kCopies>> plain(kPartitionsDefault);
  for (std::uint32_t p = 0; p < plain.size(); ++p) {
    for (std::size_t i = 0; i < kCopies; ++i) {
      plain[p][i] = ring.table.owners(PartitionId{p})[i].raw();
    }
  }
  const auto& all = hashes();
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const auto& row = plain[all[i].raw() >> 52];
      sum += row[0] + row[1] + row[2];
    }
    benchmark::DoNotOptimize(sum);
  });
}

// All three, by somebody who knows that they are three.
std::uint64_t sum_of(std::span<const NodeId> row) {
  return row[0].raw() + row[1].raw() + row[2].raw();
}

// The pointer is followed anew for every key, as a server does that answers one at a
// time.
void look_up(benchmark::State& state, const Published<RingState>::Reader& reader) {
  const auto& all = hashes();
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += sum_of(reader.read().table.owners(all[i]));
    }
    benchmark::DoNotOptimize(sum);
  });
}

void table(benchmark::State& state, std::size_t nodes) {
  Published<RingState> published(ring_of(nodes));
  const Published<RingState>::Reader reader(published);
  look_up(state, reader);
}

// Publishes two states in turn until it is destroyed; a pause between them leaves the
// reader a core of its own on a machine of two.
class Writer {
 public:
  Writer(Published<RingState>& published, const RingState& one)
      : thread_([&published, states = std::array{one, with_left(one, "node_1").value()}](
                    const std::stop_token& stop) {
          for (std::size_t i = 0; !stop.stop_requested(); ++i) {
            published.publish(states[i % 2]);
            std::this_thread::sleep_for(std::chrono::microseconds(100));
          }
        }) {}

 private:
  std::jthread thread_;
};

// The same two, hashing included: what a request pays for.
void hash_and_plain_table(benchmark::State& state) {
  std::vector<std::array<std::uint32_t, kCopies>> plain(kPartitionsDefault);
  for (std::uint32_t p = 0; p < plain.size(); ++p) plain[p] = {p % 9, p % 9 + 1, 0};
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const auto& row = plain[xxh3({keys()[i].data(), keys()[i].size()}) >> 52];
      sum += row[0] + row[1] + row[2];
    }
    benchmark::DoNotOptimize(sum);
  });
}

void hash_and_table(benchmark::State& state, bool written) {
  const RingState ring = ring_of(10);
  Published<RingState> published(ring);
  Published<RingState>::Reader reader(published);
  std::optional<Writer> writer;
  if (written) writer.emplace(published, ring);
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const KeyHash key{xxh3({keys()[i].data(), keys()[i].size()})};
      sum += sum_of(reader.read().table.owners(key));
    }
    benchmark::DoNotOptimize(sum);
    reader.rest();
  });
}

void table_and_writer(benchmark::State& state, std::size_t nodes) {
  const RingState ring = ring_of(nodes);
  Published<RingState> published(ring);
  Published<RingState>::Reader reader(published);
  const Writer writer(published, ring);
  const auto& all = hashes();
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += sum_of(reader.read().table.owners(all[i]));
    }
    benchmark::DoNotOptimize(sum);
    reader.rest();
  });
}

void walk(benchmark::State& state, std::size_t nodes, std::size_t zones) {
  const auto members = found_ring(newcomers(nodes, zones), {}).value().members;
  const auto walk =
      PreferenceWalk::over(members, kCopies, Hasher(&xxh3), kVnodes).value();
  const auto& all = hashes();
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    std::array<NodeId, kCopies> list;
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
      walk.owners(all[i], list);
      sum += sum_of(list);
    }
    benchmark::DoNotOptimize(sum);
  });
}

enum class Change { join, leave, weight };

void change(benchmark::State& state, std::size_t nodes, std::size_t zones, Change kind) {
  const RingState ring = ring_of(nodes, zones);
  const Newcomer newcomer{.name = "new", .zone = ring.members[0].zone};
  for (auto _ : state) {
    auto next = kind == Change::join    ? with_joined(ring, newcomer)
                : kind == Change::leave ? with_left(ring, "node_7")
                                        : with_weight(ring, "node_7", 2);
    benchmark::DoNotOptimize(next);
  }
}

void add(const std::string& name, auto function, auto... arguments) {
  benchmark::RegisterBenchmark(
      name.c_str(), [=](benchmark::State& state) { function(state, arguments...); })
      ->MinTime(0.02)
      ->Repetitions(9);
}

}  // namespace

int main(int argc, char** argv) {
  if (!start_interleaved(argc, argv)) return 2;
  for (const std::size_t nodes : {10U, 200U}) {
    add(fmt::format("three owners/plain table/{}", nodes), plain_table, nodes);
    add(fmt::format("three owners/partition table/{}", nodes), table, nodes);
    add(fmt::format("three owners/the same, with a writer/{}", nodes), table_and_writer,
        nodes);
    add(fmt::format("three owners/walk/{}", nodes), walk, nodes, std::size_t{0});
    add(fmt::format("three owners/walk in 3 zones/{}", nodes), walk, nodes,
        std::size_t{3});
    for (const std::size_t zones : {0U, 3U, 8U}) {
      const auto named = [&](const char* kind) {
        return fmt::format("change/{}, {} zones/{}", kind, zones, nodes);
      };
      add(named("join"), change, nodes, zones, Change::join);
      add(named("leave"), change, nodes, zones, Change::leave);
      add(named("weight"), change, nodes, zones, Change::weight);
    }
  }
  add("hash and three owners/plain table/10", hash_and_plain_table);
  add("hash and three owners/partition table/10", hash_and_table, false);
  add("hash and three owners/the same, with a writer/10", hash_and_table, true);
  benchmark::RunSpecifiedBenchmarks();
}
