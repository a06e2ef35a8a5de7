#include "v4_replicated_kv/membership/failure_detector.hpp"

#include <algorithm>
#include <limits>

#include "common/base/check.hpp"

namespace kv {

namespace {

constexpr Tick kNever{std::numeric_limits<std::uint64_t>::max()};

Tick between(Tick earlier, Tick later) {
  return Tick{later.raw() - earlier.raw()};
}

}  // namespace

FailureDetector::FailureDetector(const FailureRules& rules, std::uint64_t seed, Tick now)
    : rules_(rules), chance_(seed), last_look_(now), beat_at_(now), judge_at_(kNever) {
  KV_CHECK(Tick{} < rules.heartbeat && rules.heartbeat < rules.suspect_after &&
               rules.suspect_after < rules.fail_after,
           "one missed heartbeat is no reason, and suspicion comes before failure");
}

void FailureDetector::watch(NodeId peer, Tick now) {
  notice(now);
  const auto [at, is_new] =
      peers_.try_emplace(peer, Peer{.heard_at = now, .silent_since = now});
  if (is_new) judge_at_ = std::min(judge_at_, next_judgement(at->second));
}

void FailureDetector::heard(NodeId peer, std::uint64_t boot, Tick now,
                            HealthChanges& out) {
  notice(now);
  const auto at = peers_.find(peer);
  if (at == peers_.end()) return;
  Peer& known = at->second;
  const bool seems_up =
      known.health == Health::healthy || known.health == Health::recovered;
  // Its process is gone, unless the one that took its place has nothing to say: then it
  // was that one whose message came late.
  if (boot == known.old_boot && boot != known.boot && seems_up) return;
  const bool restarted = known.boot != 0 && boot != known.boot;
  if (known.boot != boot) {
    known.old_boot = known.boot;
    known.boot = boot;
  }
  if (restarted || !seems_up) {
    change(peer, known, Health::recovered, now, out);
    out.back().restarted = restarted;
    known.recovered_at = now;
  }
  known.heard_at = known.silent_since = now;
  judge_at_ = std::min(judge_at_, next_judgement(known));
}

bool FailureDetector::step(Tick now, HealthChanges& out) {
  notice(now);
  if (now >= judge_at_) {
    judge_at_ = kNever;
    for (auto& [id, peer] : peers_) {
      judge(id, peer, now, out);
      judge_at_ = std::min(judge_at_, next_judgement(peer));
    }
  }
  if (now < beat_at_) return false;
  beat_at_ = next_beat(now);
  return true;
}

Tick FailureDetector::wake() const {
  return std::min(beat_at_, judge_at_);
}

Health FailureDetector::health(NodeId peer) const {
  const auto at = peers_.find(peer);
  KV_CHECK(at != peers_.end(), "only who is watched has a health");
  return at->second.health;
}

// This node beats more often than it suspects, so a longer gap between two looks means
// that it did not run. Who has failed before stays so; all others begin anew.
void FailureDetector::notice(Tick now) {
  KV_CHECK(now >= last_look_, "time does not go back");
  const bool was_asleep = between(last_look_, now) > rules_.suspect_after;
  last_look_ = now;
  if (!was_asleep) return;
  for (auto& [id, peer] : peers_) {
    if (peer.health == Health::failed) continue;
    peer.silent_since = now;
    peer.recovered_at = now;
    judge_at_ = std::min(judge_at_, next_judgement(peer));
  }
}

void FailureDetector::judge(NodeId id, Peer& peer, Tick now, HealthChanges& out) {
  const Tick silence = between(peer.silent_since, now);
  const bool seems_up =
      peer.health == Health::healthy || peer.health == Health::recovered;
  if (seems_up && silence >= rules_.suspect_after) {
    change(id, peer, Health::suspected, now, out);
  }
  if (peer.health == Health::suspected && silence >= rules_.fail_after) {
    change(id, peer, Health::failed, now, out);
  }
  if (peer.health == Health::recovered &&
      between(peer.recovered_at, now) >= rules_.suspect_after) {
    change(id, peer, Health::healthy, now, out);
  }
}

void FailureDetector::change(NodeId id, Peer& peer, Health to, Tick now,
                             HealthChanges& out) {
  out.push_back({.peer = id,
                 .from = peer.health,
                 .to = to,
                 .silence = between(peer.heard_at, now)});
  peer.health = to;
}

Tick FailureDetector::next_judgement(const Peer& peer) const {
  switch (peer.health) {
    case Health::healthy:
      return peer.silent_since + rules_.suspect_after;
    case Health::recovered:
      return std::min(peer.silent_since, peer.recovered_at) + rules_.suspect_after;
    case Health::suspected:
      return peer.silent_since + rules_.fail_after;
    case Health::failed:
      break;
  }
  return kNever;
}

// Sooner by up to a fifth, never later: the thresholds are counted in heartbeats.
Tick FailureDetector::next_beat(Tick now) {
  const std::uint64_t longest = rules_.heartbeat.raw();
  return now + Tick{longest - chance_.below(longest / 5 + 1)};
}

}  // namespace kv
