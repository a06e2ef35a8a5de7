#include "v4_replicated_kv/serve/cluster_search.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "v4_replicated_kv/placement/ring_bytes.hpp"

namespace kv {

struct ClusterSearch::State {
  void told(const IAm& answer);
  [[nodiscard]] std::set<std::string> next_that_is_there(
      const std::vector<std::string>& missing);
  [[nodiscard]] bool is_to_follow(const IAm& answer, Epoch offered) const;

  mutable std::mutex mutex;
  std::shared_ptr<const FoundCluster> found;
  std::map<std::string, MemberAddresses> addresses;  // of its members, by name
  std::map<std::string, std::string> hearsay;  // where others say that one's gRPC is
  std::size_t asked_last = 0;                  // of those that are there, which
  bool is_cut_off = true;                      // no member is in reach
};

ClusterSearch::ClusterSearch(Card self, std::vector<std::string> seeds, Ask ask)
    : self_(std::move(self)),
      seeds_(std::move(seeds)),
      ask_(std::move(ask)),
      state_(std::make_shared<State>()) {}

void ClusterSearch::look(const std::vector<std::string>& missing) {
  std::set<std::string> whom;
  {
    const std::scoped_lock lock(state_->mutex);
    State& state = *state_;
    state.is_cut_off =
        !state.found || missing.size() == state.found->ring->members.size();
    if (state.is_cut_off) whom.insert(seeds_.begin(), seeds_.end());
    for (const std::string& name : missing) {
      const auto at = state.addresses.find(name);
      if (at != state.addresses.end()) whom.insert(at->second.grpc);
      const auto said = state.hearsay.find(name);
      if (said != state.hearsay.end()) whom.insert(said->second);
    }
    if (!missing.empty()) whom.merge(state.next_that_is_there(missing));
  }
  for (const std::string& address : whom) {
    ask_(address, {.from = self_, .visits = true},
         [state = state_](const IAm& answer) { state->told(answer); });
  }
}

bool ClusterSearch::State::is_to_follow(const IAm& answer, Epoch offered) const {
  if (!found) return true;
  if (answer.cluster != found->cluster) return is_cut_off;
  return offered > found->ring->epoch;
}

// In turn: what one of them has not heard another may have.
std::set<std::string> ClusterSearch::State::next_that_is_there(
    const std::vector<std::string>& missing) {
  std::vector<std::string> there;
  for (const auto& [name, one] : addresses) {
    if (std::ranges::count(missing, name) == 0) there.push_back(one.grpc);
  }
  if (there.empty()) return {};
  return {there[++asked_last % there.size()]};
}

void ClusterSearch::State::told(const IAm& answer) {
  if (!answer.cluster || !answer.offer) return;  // it is in none yet
  auto ring = decode_ring(answer.offer->ring);
  if (!ring) return;
  const std::scoped_lock lock(mutex);
  if (is_to_follow(answer, ring->epoch)) {
    if (found && found->cluster != *answer.cluster) {
      addresses.clear();
      hearsay.clear();
    }
    found = std::make_shared<const FoundCluster>(
        FoundCluster{.cluster = *answer.cluster,
                     .hash_seed = answer.offer->hash_seed,
                     .ring = std::make_shared<const RingState>(*std::move(ring))});
    is_cut_off = false;
  }
  if (found->cluster != *answer.cluster) return;
  for (const MemberAddresses& one : answer.offer->members) {
    addresses.try_emplace(one.name, one);
    if (one.name != answer.from.addresses.name) hearsay[one.name] = one.grpc;
  }
  const MemberAddresses& own = answer.from.addresses;
  addresses.insert_or_assign(own.name, own);
}

void ClusterSearch::follow(const IAm& answer) {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->is_cut_off = true;
  }
  state_->told(answer);
}

std::shared_ptr<const FoundCluster> ClusterSearch::found() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->found;
}

std::vector<MemberAddresses> ClusterSearch::members() const {
  std::vector<MemberAddresses> members;
  const std::scoped_lock lock(state_->mutex);
  if (!state_->found) return members;
  for (const Member& member : state_->found->ring->members) {
    const auto at = state_->addresses.find(member.node.name);
    if (at != state_->addresses.end()) members.push_back(at->second);
  }
  return members;
}

}  // namespace kv
