// What other nodes hold, merged into what this replica holds.
#include <cstdint>
#include <string>
#include <utility>

#include "common/base/check.hpp"
#include "v4_replicated_kv/replication/replica.hpp"
#include "v4_replicated_kv/versioning/merge.hpp"
#include "v4_replicated_kv/versioning/state_bytes.hpp"

namespace kv {

// A register's version is merged by its place alone; the value that is held is needed only
// to remember requests beside it.
Part Replica::part_to_merge(const KeyState& state) const {
  const bool needs_all =
      rules_.state.policy == Policy::siblings || !state.recent.entries().empty();
  return needs_all ? Part::whole : Part::head;
}

Result<std::uint64_t> Replica::merge_in(const std::string& key, const KeyState& state) {
  const KeyHash hash = hash_of(key);
  if (unreadable_.contains(key)) return replace_damaged(hash, key, state);
  auto held = load(hash, key, part_to_merge(state));
  if (!held && held.error().code == Errc::corrupt) {
    return replace_damaged(hash, key, state);
  }
  if (!held) return std::unexpected(held.error());
  KV_CHECK(!held->cold, "what has to be merged was read before");
  const KeyState merged =
      receive(rules_.state.policy, held->state, state, floors_of(hash));
  if (merged == held->state) return held->seq;
  const auto written = store(hash, key, merged);
  if (!written) return std::unexpected(written.error());
  return written->seq;
}

// What is held cannot be read. The same again, or a newer version of a register, may take
// its place; an older one would undo what this owner has acknowledged. While it catches up
// nothing that it has counts, so all that others have may take its place.
Result<std::uint64_t> Replica::replace_damaged(KeyHash hash, const std::string& key,
                                               const KeyState& state) {
  const IndexEntry* const entry = engine_.index().find(hash, key);
  const bool is_same =
      entry == nullptr ||
      entry->digest == digest(rules_.state.policy, state, rules_.state.digest_seed);
  const bool is_newer = entry != nullptr &&
                        rules_.state.policy == Policy::last_write_wins &&
                        newest(state) > entry->version;
  const bool counted = counts(engine_.index().partition_of(hash));
  if (!is_same && !is_newer && counted)
    return fail(Errc::corrupt, "the stored value is damaged");
  const auto written = store(hash, key, state);
  if (!written) return std::unexpected(written.error());
  return written->seq;
}

void Replica::on(const Message& request, const Push& push, Effects& out) {
  const KeyHash hash = hash_of(push.key);
  if (!unreadable_.contains(push.key)) {
    if (auto held = load(hash, push.key, part_to_merge(push.state)); held && held->cold) {
      return park(request, push.key, *std::move(held), out);
    }
  }
  const auto seq = merge_in(push.key, push.state);
  if (!seq) return refuse(request, seq.error(), out);
  answer_once_durable(request, *seq, hash, out);
}

}  // namespace kv
