// Silence: tables of what follows what, and a dumb twin.
#include "v4_replicated_kv/membership/failure_detector.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/membership/silence.hpp"

using namespace kv;
using namespace kv::test;

namespace {

const char* name(Health health) {
  constexpr std::array kNames{"healthy", "suspected", "failed", "recovered"};
  return kNames.at(static_cast<std::size_t>(health));
}

// One peer, watched from time 0, with a driver that wakes when it was asked to.
struct Watch {
  explicit Watch(FailureRules rules = {}) : detector(rules, 1, Tick{}) {
    detector.watch(kPeer, Tick{});
  }
  // Lives until then, waking on time.
  void until(std::uint64_t at_ms) {
    while (detector.wake() <= ms(at_ms)) look(std::max(detector.wake(), now));
  }
  // Looks only now, as if it had not run before.
  void look(Tick at) {
    HealthChanges changes;
    (void)detector.step(at, changes);
    note(at, changes);
  }
  void heard(std::uint64_t at_ms, std::uint64_t boot = 7) {
    HealthChanges changes;
    detector.heard(kPeer, boot, ms(at_ms), changes);
    note(ms(at_ms), changes);
  }
  void note(Tick at, const HealthChanges& changes) {
    now = at;
    for (const HealthChange& change : changes) {
      story += fmt::format("{}ms {}->{} after {}ms{}\n", now.raw() / kMs,
                           name(change.from), name(change.to), change.silence.raw() / kMs,
                           change.restarted ? ", restarted" : "");
    }
  }
  FailureDetector detector;
  Tick now{};
  std::string story;
};

}  // namespace

TEST_CASE("a peer that falls silent is suspected, then failed, at those very moments") {
  Watch watch;
  for (std::uint64_t at = 0; at <= 3000; at += 500) {
    watch.until(at);
    watch.heard(at);
  }
  watch.until(60'000);
  CHECK(watch.story ==
        "5000ms healthy->suspected after 2000ms\n"
        "8000ms suspected->failed after 5000ms\n");
  CHECK(watch.detector.health(kPeer) == Health::failed);
}

TEST_CASE("who was never heard at all is silent since it is watched") {
  Watch watch;
  watch.until(60'000);
  CHECK(watch.story ==
        "2000ms healthy->suspected after 2000ms\n"
        "5000ms suspected->failed after 5000ms\n");
}

TEST_CASE(
    "a peer that was paused and goes on has recovered, and says how long it was away") {
  Watch watch;
  watch.heard(0);
  watch.until(61'000);
  watch.heard(61'000);
  for (std::uint64_t at = 61'500; at <= 64'000; at += 500) {
    watch.until(at);
    watch.heard(at);
  }
  CHECK(watch.story ==
        "2000ms healthy->suspected after 2000ms\n"
        "5000ms suspected->failed after 5000ms\n"
        "61000ms failed->recovered after 61000ms\n"
        "63000ms recovered->healthy after 500ms\n");
}

TEST_CASE("another process of the peer is a restart, however short the silence was") {
  Watch watch;
  watch.heard(0, 7);
  watch.until(300);
  watch.heard(300, 8);
  watch.until(400);
  watch.heard(400, 7);  // was under way while the process ended
  watch.until(500);
  watch.heard(500, 8);
  watch.until(2300);
  CHECK(watch.story ==
        "300ms healthy->recovered after 300ms, restarted\n"
        "2300ms recovered->healthy after 1800ms\n");
}

TEST_CASE("a late message of a process that is gone is no sign of life") {
  Watch watch;
  watch.heard(0, 7);
  watch.until(100);
  watch.heard(100, 8);
  watch.until(2090);
  watch.heard(2090, 7);
  watch.until(2200);
  CHECK(watch.detector.health(kPeer) == Health::suspected);
}

TEST_CASE(
    "one who recovers and falls silent again is suspected anew, never healthy first") {
  Watch watch;
  watch.until(2500);
  watch.heard(2500);
  watch.until(10'000);
  CHECK(watch.story ==
        "2000ms healthy->suspected after 2000ms\n"
        "2500ms suspected->recovered after 2500ms\n"
        "4500ms recovered->suspected after 2000ms\n"
        "7500ms suspected->failed after 5000ms\n");
}

TEST_CASE("a node that was asleep blames nobody, whatever it does first") {
  for (const bool looks_first : {true, false}) {
    CAPTURE(looks_first);
    Watch watch;
    watch.heard(0);
    watch.until(1000);
    // A minute under SIGSTOP. Then the timer comes first, or a message.
    if (looks_first) {
      watch.look(ms(61'000));
    } else {
      watch.heard(61'000);
    }
    CHECK(watch.story.empty());
    watch.until(62'999);
    CHECK(watch.story.empty());
    // But a peer that stays silent from then on is found.
    watch.until(66'000);
    const std::string silence = looks_first ? "63000" : "2000";
    CHECK(
        watch.story.starts_with("63000ms healthy->suspected after " + silence + "ms\n"));
    CHECK(watch.detector.health(kPeer) == Health::failed);
  }
}

TEST_CASE(
    "who had failed before a sleep has failed after it, and who was suspected has time") {
  Watch failed;
  failed.until(5000);
  failed.look(ms(30'000));
  CHECK(failed.detector.health(kPeer) == Health::failed);
  Watch suspected;
  suspected.until(2000);
  suspected.look(ms(30'000));
  suspected.until(34'999);
  CHECK(suspected.detector.health(kPeer) == Health::suspected);
  suspected.until(35'000);
  CHECK(suspected.detector.health(kPeer) == Health::failed);
}

TEST_CASE(
    "heartbeats come sooner by up to a fifth, never later, and unlike for each seed") {
  std::vector<std::vector<std::uint64_t>> beats(2);
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    FailureDetector detector({}, seed, Tick{});
    HealthChanges none;
    Tick last{};
    CHECK(detector.step(Tick{}, none));
    for (int i = 0; i < 1000; ++i) {
      const Tick now = detector.wake();
      CHECK(now.raw() - last.raw() <= 500 * kMs);
      CHECK(now.raw() - last.raw() >= 400 * kMs);
      CHECK_FALSE(detector.step(Tick{now.raw() - 1}, none));
      CHECK(detector.step(now, none));
      beats.at(seed).push_back(now.raw());
      last = now;
    }
    CHECK(none.empty());
  }
  CHECK(beats[0] != beats[1]);
}

TEST_CASE("who is forgotten is not spoken of") {
  Watch watch;
  watch.detector.forget(kPeer);
  watch.until(10'000);
  watch.heard(10'000);
  CHECK(watch.story.empty());
}

namespace {

// The dumb twin remembers everything, and at each millisecond computes from all of it
// what everybody is.
struct Twin {
  struct Sign {
    std::uint64_t at;
    std::uint64_t boot;
  };
  FailureRules rules;
  std::map<std::uint32_t, std::vector<Sign>> signs;  // of life, by peer
  std::vector<std::uint64_t> looks{0};               // milliseconds in which it was asked
  std::map<std::uint32_t, Health> health;

  void look(std::uint64_t now) {
    const bool asleep = (now - looks.back()) * kMs > rules.suspect_after.raw();
    looks.push_back(now);
    if (asleep) woke = now;
  }
  void hear(std::uint32_t peer, std::uint64_t now, std::uint64_t boot) {
    look(now);
    auto& all = signs[peer];
    const bool is_new = !all.empty() && all.back().boot != boot;
    Health& is = health[peer];
    if (is_new && (is == Health::healthy || is == Health::recovered)) {
      // The last process but one is gone.
      for (auto sign = all.rbegin(); sign != all.rend(); ++sign) {
        if (sign->boot == all.back().boot) continue;
        if (sign->boot == boot) return;
        break;
      }
    }
    if (is_new || is == Health::suspected || is == Health::failed) {
      is = Health::recovered;
      recovered[peer] = now;
    }
    all.push_back({now, boot});
  }
  void judge(std::uint64_t now) {
    for (auto& [peer, is] : health) {
      const std::uint64_t last = signs[peer].empty() ? 0 : signs[peer].back().at;
      const bool counts = is != Health::failed;
      const std::uint64_t silence = (now - (counts ? std::max(last, woke) : last)) * kMs;
      const bool up = is == Health::healthy || is == Health::recovered;
      if (up && silence >= rules.suspect_after.raw()) is = Health::suspected;
      if (is == Health::suspected && silence >= rules.fail_after.raw())
        is = Health::failed;
      const std::uint64_t well_since = std::max(recovered[peer], woke);
      if (is == Health::recovered &&
          (now - well_since) * kMs >= rules.suspect_after.raw()) {
        is = Health::healthy;
      }
    }
  }
  std::uint64_t woke = 0;
  std::map<std::uint32_t, std::uint64_t> recovered;
};

}  // namespace

TEST_CASE("a random life is the same to the detector and to its dumb twin") {
  std::map<Health, int> seen;
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    CAPTURE(seed);
    Rng rng(seed);
    const FailureRules rules{ms(20 + rng.below(50)), ms(80 + rng.below(100)),
                             ms(200 + rng.below(200))};
    FailureDetector detector(rules, seed, Tick{});
    Twin twin{.rules = rules, .signs = {}, .health = {}, .recovered = {}};
    std::map<std::uint32_t, std::uint64_t> boots;
    for (std::uint32_t peer = 0; peer < 4; ++peer) {
      detector.watch(NodeId{peer}, Tick{});
      twin.health[peer] = Health::healthy;
      boots[peer] = 1;
    }
    HealthChanges changes;
    std::uint64_t quiet_until = 0;
    for (std::uint64_t now = 1; now < 4000; ++now) {
      if (rng.below(700) == 0) now += rng.below(600);  // this node does not run
      if (rng.below(300) == 0) quiet_until = now + rng.below(500);
      const auto peer = static_cast<std::uint32_t>(rng.below(now < quiet_until ? 2 : 4));
      if (rng.below(900) == 0) ++boots[peer];
      if (rng.below(15) == 0) {
        const bool late = boots[peer] > 1 && rng.below(4) == 0;
        const std::uint64_t boot = boots[peer] - (late ? 1 : 0);
        // A boot that nobody heard of is none that is gone.
        detector.heard(NodeId{peer}, boot, ms(now), changes);
        twin.hear(peer, now, boot);
      }
      if (detector.wake() <= ms(now)) {
        (void)detector.step(ms(now), changes);
        twin.look(now);
      }
      twin.judge(now);
      for (const auto& [id, health] : twin.health) {
        CAPTURE(now);
        CAPTURE(id);
        REQUIRE(std::string(name(detector.health(NodeId{id}))) ==
                std::string(name(health)));
        ++seen[health];
      }
    }
    // The changes tell the same story as the states.
    std::map<NodeId, Health> told;
    for (const HealthChange& change : changes) {
      REQUIRE(told[change.peer] == change.from);
      told[change.peer] = change.to;
    }
    for (const auto& [id, health] : twin.health) CHECK(told[NodeId{id}] == health);
  }
  CHECK(seen.size() == 4);
  for (const auto& [health, times] : seen) CHECK(times > 1000);
}
