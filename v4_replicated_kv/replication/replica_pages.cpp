// A replica's pages: all of a partition, for an owner that lost it.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "v4_replicated_kv/replication/replica.hpp"

namespace kv {

void Replica::on(const Message& request, const Pull& pull, Effects& out) {
  if (pull.partition.raw() >= engine_.index().partitions()) {
    return refuse(request, {Errc::bad_usage, "there is no such partition"}, out);
  }
  if (!counts(pull.partition)) {
    return refuse(request, {Errc::stopped, "this owner is catching up itself"}, out);
  }
  lives_.served(request.from, request.standing.actor);
  Page page{.partition = pull.partition, .entries = {}};
  std::size_t bytes = 0;
  std::uint64_t last_seq = 0;  // of what the page tells
  std::optional<Error> damage;
  std::optional<std::pair<std::string, StoredState>> cold;
  page.is_last = true;
  const auto visit = [&](KeyHash hash, const IndexEntry& entry) {
    std::string key(entry.key());
    auto held = load(hash, key, Part::whole);
    if (!held) {
      damage = held.error();
      return false;
    }
    if (held->cold || bytes >= rules_.page_bytes) {
      page.is_last = false;
      page.next_hash = hash;
      page.next_key = key;
      if (page.entries.empty()) cold.emplace(std::move(key), *std::move(held));
      return false;
    }
    bytes += value_bytes(held->state) + key.size() + sizeof(Version);
    last_seq = std::max(last_seq, held->seq);
    page.entries.push_back({.key = std::move(key), .state = std::move(held->state)});
    return true;
  };
  engine_.index().partition(pull.partition).walk(pull.from_hash, pull.from_key, visit);
  if (damage) return refuse(request, *damage, out);
  // A page ends before the first value that lies in a file. One that would be empty is made
  // anew once that value is here.
  if (cold) return park(request, cold->first, std::move(cold->second), out);
  send_once_durable(answer_to(request, std::move(page)),
                    tells_of_its_own_dots() ? last_seq : 0, out);
}

}  // namespace kv
