// What it costs to find, build and change: the fast ring beside its peers, in one run.
//
// Every benchmark is called group/structure/nodes; tests/bench/figures.cpp makes tables
// of what this program writes with --benchmark_out.
#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <libmemcached/memcached.h>

#include "common/base/check.hpp"
#include "common/base/rng.hpp"
#include "common/hash/functions.hpp"
#include "common/survey/stopwatch.hpp"
#include "tests/bench/interleaved.hpp"
#include "tests/bench/peers.hpp"
#include "tests/bench/workload.hpp"
#include "v3_virtual_nodes/alternatives/anchor.hpp"
#include "v3_virtual_nodes/alternatives/dx.hpp"
#include "v3_virtual_nodes/alternatives/equal_partitions.hpp"
#include "v3_virtual_nodes/alternatives/jump.hpp"
#include "v3_virtual_nodes/alternatives/maglev.hpp"
#include "v3_virtual_nodes/alternatives/memento.hpp"
#include "v3_virtual_nodes/alternatives/multi_probe.hpp"
#include "v3_virtual_nodes/alternatives/rendezvous.hpp"
#include "v3_virtual_nodes/fast_ring.hpp"

namespace {

using namespace kv;
// FastRing under the constructor of the peers.
class Fast {
 public:
  Fast(const std::vector<Node>& nodes, std::uint64_t vnodes) : ring_(&xxh3, vnodes) {
    ring_.add(std::span(nodes));
    table_ = ring_.snapshot();
  }
  [[nodiscard]] NodeId owner(KeyHash key) const { return table_->owner(key); }
  [[nodiscard]] std::size_t owners(KeyHash key, std::span<NodeId> out) const {
    return table_->owners(key, out);
  }
  [[nodiscard]] std::size_t bytes() const { return table_->bytes(); }
  [[nodiscard]] const TokenTable& table() const { return *table_; }

 private:
  FastRing<Hash> ring_;
  std::shared_ptr<const TokenTable> table_;
};

// An alternative of chapter 3 under the constructor of the peers.
template <class P>
class As {
 public:
  As(const std::vector<Node>& nodes, std::uint64_t /*vnodes*/)
      : placement_(make(nodes.size())) {
    add_all(placement_, std::span(nodes));
  }
  [[nodiscard]] NodeId owner(KeyHash key) const { return placement_.owner(key); }
  [[nodiscard]] std::size_t bytes() const { return placement_.bytes(); }

 private:
  static P make(std::size_t nodes) {
    if constexpr (std::constructible_from<P, Hash>) {
      return P(&xxh3);
    } else if constexpr (std::constructible_from<P, std::uint32_t> &&
                         !std::default_initializable<P>) {
      return P(static_cast<std::uint32_t>(2 * std::bit_ceil(nodes)));  // a capacity
    } else {
      return P();
    }
  }

  P placement_;
};

// Hashing alone: nobody can be faster.
class NoPlacement {
 public:
  NoPlacement(const std::vector<Node>&, std::uint64_t) {}
  [[nodiscard]] NodeId owner(KeyHash key) const {
    return NodeId{static_cast<std::uint32_t>(key.raw())};
  }
  [[nodiscard]] std::size_t bytes() const { return 0; }
};

template <class Structure, std::uint64_t vnodes = kVnodes>
void hash_and_find(benchmark::State& state, std::size_t nodes) {
  const auto& structure = kept<Structure, vnodes>(nodes);
  const auto& all = keys();
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += structure.owner(KeyHash{xxh3({all[i].data(), all[i].size()})}).raw();
    }
    benchmark::DoNotOptimize(sum);
  });
  const std::size_t bytes = structure.bytes();  // 0 would have a spread of 0/0: no JSON
  if (bytes > 0) state.counters["bytes"] = static_cast<double>(bytes);
}

// libmemcached's ketama ring (MD5), as Debian installs it; it hashes the key itself.
void hash_and_find_ketama(benchmark::State& state, std::size_t nodes) {
  memcached_st* const pool = memcached_create(nullptr);
  memcached_behavior_set(pool, MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, 1);
  memcached_server_st* servers = nullptr;
  memcached_return_t status{};
  for (std::size_t i = 0; i < nodes; ++i) {
    servers = memcached_server_list_append(servers, fmt::format("node-{}", i).c_str(),
                                           11211, &status);
  }
  memcached_server_push(pool, servers);
  const auto& all = keys();
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += memcached_generate_hash(pool, all[i].data(), all[i].size());
    }
    benchmark::DoNotOptimize(sum);
  });
  memcached_server_list_free(servers);
  memcached_free(pool);
}

template <class Structure>
void find(benchmark::State& state, std::size_t nodes) {
  const auto& structure = kept<Structure, kVnodes>(nodes);
  const auto& all = hashes();
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) sum += structure.owner(all[i]).raw();
    benchmark::DoNotOptimize(sum);
  });
}

// A batch of look-ups in one call, which the fast ring answers with wider registers.
template <bool wide>
void find_many(benchmark::State& state, std::size_t nodes) {
  const auto& table = kept<Fast, kVnodes>(nodes).table();
  if (wide && !TokenTable::has_wide_find()) {
    state.SkipWithError("this machine has no wider registers");
    return;
  }
  const auto& all = hashes();
  std::vector<NodeId> owners(kBatch);
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    const auto batch = std::span(all).subspan(begin, end - begin);
    if (wide) {
      table.find_wide(batch, owners);
    } else {
      table.find_portable(batch, owners);
    }
    benchmark::DoNotOptimize(owners.data());
  });
}

// Each question waits for the answer before it: what a single request feels.
template <class Structure>
void find_dependent(benchmark::State& state, std::size_t nodes) {
  const auto& structure = kept<Structure, kVnodes>(nodes);
  const auto& all = hashes();
  std::uint64_t answer = 0;
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      answer = structure.owner(KeyHash{all[i].raw() ^ (answer << 48)}).raw();
    }
    benchmark::DoNotOptimize(answer);
  });
}

template <class Structure>
void find_three(benchmark::State& state, std::size_t nodes) {
  const auto& structure = kept<Structure, kVnodes>(nodes);
  const auto& all = hashes();
  for_each_batch(state, [&](std::size_t begin, std::size_t end) {
    std::array<NodeId, 3> list;
    std::uint64_t sum = 0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += structure.owners(all[i], list) + list[2].raw();
    }
    benchmark::DoNotOptimize(sum);
  });
}

// Unsorted tokens, in as many variants as it takes to keep the processor from learning
// the order of a small set by heart.
std::vector<std::vector<PackedToken>> packed_tokens(std::size_t nodes) {
  std::vector<std::vector<PackedToken>> variants(1 + 1000 / nodes);
  for (std::size_t variant = 0; variant < variants.size(); ++variant) {
    for (Node node : cluster(nodes)) {
      node.name += fmt::format(" of {}", variant);
      for_each_token(&xxh3, node, kVnodes, [&](Token token) {
        variants[variant].emplace_back(token, node.id);
      });
    }
  }
  return variants;
}

// The same unsorted tokens to begin with: hashing the labels is not part of it.
void build_table(benchmark::State& state, std::size_t nodes) {
  const auto variants = packed_tokens(nodes);
  const auto by_id = [](NodeId left, NodeId right) { return left < right; };
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(TokenTable(variants[next++ % variants.size()], by_id));
  }
  state.SetItemsProcessed(state.iterations() * std::ssize(variants[0]));
}

void build_by_sorting(benchmark::State& state, std::size_t nodes) {
  const auto variants = packed_tokens(nodes);
  std::size_t next = 0;
  for (auto _ : state) {
    auto sorted = variants[next++ % variants.size()];
    std::ranges::sort(sorted);
    benchmark::DoNotOptimize(sorted);
  }
  state.SetItemsProcessed(state.iterations() * std::ssize(variants[0]));
}

// One node joins and leaves again, and only the half that is asked for is timed; labels
// included, as a member pays for them.
enum class Half { join, leave };

template <class Add, class Remove>
void time_half(benchmark::State& state, Half half, Add add, Remove remove) {
  for (auto _ : state) {
    const double joined = milliseconds_of(add);
    const double left = milliseconds_of(remove);
    state.SetIterationTime((half == Half::join ? joined : left) / 1000);
  }
}

template <Half half>
void change_fast(benchmark::State& state, std::size_t nodes) {
  FastRing<Hash> ring(&xxh3, kVnodes);
  ring.add(std::span<const Node>(cluster(nodes)));
  const Node guest{.id = NodeId{static_cast<std::uint32_t>(nodes)}, .name = "guest"};
  time_half(state, half, [&] { ring.add(guest); }, [&] { ring.remove(guest.id); });
}

template <Half half>
void change_sorted(benchmark::State& state, std::size_t nodes) {
  peers::SortedVector ring(cluster(nodes), kVnodes);
  const Node guest{.id = NodeId{static_cast<std::uint32_t>(nodes)}, .name = "guest"};
  time_half(
      state, half, [&] { ring.add(guest, kVnodes); }, [&] { ring.remove(guest.id); });
}

void add(const char* group, const char* structure, auto function,
         const std::vector<std::size_t>& sizes, bool timed_by_itself = false) {
  for (const std::size_t nodes : sizes) {
    auto* const made = benchmark::RegisterBenchmark(
        fmt::format("{}/{}/{}", group, structure, nodes).c_str(),
        [=](benchmark::State& state) { function(state, nodes); });
    made->MinTime(0.02)->Repetitions(9);
    if (timed_by_itself) made->UseManualTime();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (!start_interleaved(argc, argv)) return 2;
  const std::vector<std::size_t> sizes{10, 100, 1000, 10000};
  const auto all_groups = [&]<class S>(const char* name, S*) {
    add("hash and find", name, hash_and_find<S>, sizes);
    add("find", name, find<S>, sizes);
    add("find, each after the other", name, find_dependent<S>, sizes);
  };
  all_groups("hash alone", static_cast<NoPlacement*>(nullptr));
  all_groups("slot table", static_cast<peers::SlotTable*>(nullptr));
  all_groups("fast ring", static_cast<Fast*>(nullptr));
  all_groups("eytzinger", static_cast<peers::Eytzinger*>(nullptr));
  all_groups("sorted vector", static_cast<peers::SortedVector*>(nullptr));
  all_groups("tree of names", static_cast<peers::TreeOfNames*>(nullptr));
  add("find many", "portable", find_many<false>, sizes);
  add("find many", "AVX2", find_many<true>, sizes);
  const std::vector<std::size_t> smaller{10, 100, 1000};
  const auto add_alternative = [&]<class P>(const char* name, P*) {
    add("hash and find", name, hash_and_find<As<P>>, smaller);
  };
  add_alternative("maglev", static_cast<MaglevPlacement<Hash>*>(nullptr));
  add_alternative("equal partitions", static_cast<EqualPartitionsPlacement*>(nullptr));
  add_alternative("jump", static_cast<JumpPlacement*>(nullptr));
  add_alternative("memento", static_cast<MementoPlacement*>(nullptr));
  add_alternative("anchor", static_cast<AnchorPlacement*>(nullptr));
  add_alternative("dx", static_cast<DxPlacement*>(nullptr));
  add_alternative("multi-probe", static_cast<MultiProbePlacement<Hash>*>(nullptr));
  add_alternative("rendezvous", static_cast<RendezvousPlacement<Hash>*>(nullptr));
  // The library holds no more than a hundred servers.
  add("hash and find", "libmemcached ketama", hash_and_find_ketama, {10, 100});
  add("tokens a node", "160", hash_and_find<Fast, 160>, {4});
  add("tokens a node", "20000", hash_and_find<Fast, 20000>, {4});
  add("three owners", "slot table", find_three<peers::SlotTableOfThree>, sizes);
  add("three owners", "fast ring", find_three<Fast>, sizes);
  add("three owners", "sorted vector", find_three<peers::SortedVector>, sizes);
  add("build", "fast ring", build_table, sizes);
  add("build", "sorting", build_by_sorting, sizes);
  add("join", "fast ring", change_fast<Half::join>, sizes, true);
  add("join", "sorted vector", change_sorted<Half::join>, sizes, true);
  add("leave", "fast ring", change_fast<Half::leave>, sizes, true);
  add("leave", "sorted vector", change_sorted<Half::leave>, sizes, true);
  benchmark::RunSpecifiedBenchmarks();
}
