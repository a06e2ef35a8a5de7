// A replica's lists: which keys there are, for whoever lists the store.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "v4_replicated_kv/replication/replica.hpp"
#include "v4_replicated_kv/versioning/version.hpp"

namespace kv {

namespace {

// An answer may look at so many keys, whether or not they begin as they should.
constexpr std::size_t kWorkMax = 4096;

KeyHash first_hash(PartitionId partition, std::uint32_t partitions) {
  const auto bits = static_cast<unsigned>(std::countr_zero(partitions));
  return KeyHash{bits == 0 ? 0 : std::uint64_t{partition.raw()} << (64U - bits)};
}

// A reader of lists sees whether there is a value, not which.
void leave_out_values(KeyState& state) {
  for (Version& version : state.versions) version.value.clear();
}

}  // namespace

void Replica::on(const Message& request, const List& list, Effects& out) {
  const Index& index = engine_.index();
  const PartitionId first = index.partition_of(list.from_hash);
  const PartitionId last = index.partition_of(list.last);
  if (!counts(first)) {
    return refuse(request, {Errc::stopped, "this owner is catching up"}, out);
  }
  Listed listed{.entries = {}, .is_last = true};
  std::size_t bytes = 0;
  std::size_t work = 0;
  std::optional<Error> damage;
  std::optional<std::pair<std::string, StoredState>> cold;
  const auto stop_before = [&](KeyHash hash, std::string key) {
    listed.is_last = false;
    listed.next_hash = hash;
    listed.next_key = std::move(key);
    return false;
  };
  const auto visit = [&](KeyHash hash, const IndexEntry& entry) {
    if (hash > list.last) return false;
    const bool is_full = listed.entries.size() >= list.limit || work >= kWorkMax ||
                         bytes >= rules_.page_bytes;
    if (is_full) return stop_before(hash, std::string(entry.key()));
    ++work;
    if (!entry.key().starts_with(list.prefix)) return true;
    std::string key(entry.key());
    auto held = load(hash, key, Part::head);
    if (!held) {
      damage = held.error();
      return false;
    }
    if (held->cold) {
      if (listed.entries.empty()) cold.emplace(key, *std::move(held));
      return stop_before(hash, std::move(key));
    }
    leave_out_values(held->state);
    bytes += key.size() + sizeof(Version);
    listed.entries.push_back({.key = std::move(key), .state = std::move(held->state)});
    return true;
  };
  index.partition(first).walk(list.from_hash, list.from_key, visit);
  for (std::uint32_t id = first.raw() + 1; id <= last.raw(); ++id) {
    if (!listed.is_last || damage) break;
    if (!counts(PartitionId{id})) {
      stop_before(first_hash(PartitionId{id}, index.partitions()), {});
    } else {
      index.partition(PartitionId{id}).walk(KeyHash{}, {}, visit);
    }
  }
  if (damage) return refuse(request, *damage, out);
  if (cold) return park(request, cold->first, std::move(cold->second), out);
  out.send.push_back(answer_to(request, std::move(listed)));
}

}  // namespace kv
