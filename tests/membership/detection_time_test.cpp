// How long detection takes, and how often it is wrong: the tables of the lesson.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/docs/golden_block.hpp"
#include "tests/membership/silence.hpp"
#include "v4_replicated_kv/membership/failure_detector.hpp"

using namespace kv;
using namespace kv::test;

namespace {

struct Spread {
  std::vector<double> seconds;
  [[nodiscard]] std::string text() const {
    double sum = 0;
    for (const double one : seconds) sum += one;
    return fmt::format("{:.2f} / {:.2f} / {:.2f}", *std::ranges::min_element(seconds),
                       sum / static_cast<double>(seconds.size()),
                       *std::ranges::max_element(seconds));
  }
};

// Two nodes and what one hears of the other. A heartbeat takes up to 5 ms, or is lost.
struct Pair {
  Pair(const FailureRules& rules, std::uint64_t seed, std::uint64_t loss_percent)
      : peer(rules, seed * 2, Tick{}),
        observer(rules, seed * 2 + 1, Tick{}),
        rng(seed),
        loss(loss_percent) {
    observer.watch(kPeer, Tick{});
  }
  void until(Tick end, bool peer_lives) {
    for (;;) {
      const Tick beat = peer_lives ? peer.wake() : end;
      const Tick arrival = under_way.empty() ? end : *under_way.begin();
      const Tick now = std::min({beat, arrival, observer.wake()});
      if (now >= end) return;
      HealthChanges none;
      if (now == beat && peer.step(now, none) && rng.below(100) >= loss) {
        under_way.insert(now + Tick{1 + rng.below(5 * kMs)});
      }
      if (now == arrival) {
        under_way.erase(under_way.begin());
        observer.heard(kPeer, 7, now, none);
      }
      if (now >= observer.wake()) (void)observer.step(now, none);
      for (const HealthChange& change : none) changes.emplace_back(now, change.to);
    }
  }
  FailureDetector peer;
  FailureDetector observer;
  Rng rng;
  std::uint64_t loss;
  std::multiset<Tick> under_way;
  std::vector<std::pair<Tick, Health>> changes;
};

const std::vector<FailureRules> kSettings{{ms(100), ms(500), ms(1000)},
                                          {ms(500), ms(2000), ms(5000)},
                                          {ms(500), ms(1000), ms(2000)},
                                          {ms(1000), ms(10'000), ms(30'000)}};

std::string settings_text(const FailureRules& rules) {
  return fmt::format("{:g} s, {:g} s, {:g} s",
                     static_cast<double>(rules.heartbeat.raw()) / 1e6,
                     static_cast<double>(rules.suspect_after.raw()) / 1e6,
                     static_cast<double>(rules.fail_after.raw()) / 1e6);
}

}  // namespace

TEST_CASE("golden: how long detection takes") {
  std::string table =
      "| heartbeat, suspect_after, fail_after | suspected after: min / mean / max | "
      "failed "
      "after: min / mean / max |\n|---|---|---|\n";
  for (const FailureRules& rules : kSettings) {
    Spread suspected;
    Spread failed;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
      Pair pair(rules, seed, 0);
      const Tick death = Tick{10 * kMs + rules.fail_after.raw() +
                              Rng(seed).below(4 * rules.heartbeat.raw())};
      pair.until(death, true);
      CHECK(pair.changes.empty());
      pair.until(death + rules.fail_after + rules.fail_after, false);
      REQUIRE(pair.changes.size() == 2);
      const auto after = [&](std::size_t i) {
        return static_cast<double>(pair.changes[i].first.raw() - death.raw()) / 1e6;
      };
      suspected.seconds.push_back(after(0));
      failed.seconds.push_back(after(1));
      // What the page promises.
      const double heartbeat = static_cast<double>(rules.heartbeat.raw()) / 1e6;
      const double limit = static_cast<double>(rules.suspect_after.raw()) / 1e6;
      CHECK(after(0) >= limit - heartbeat);
      CHECK(after(0) <= limit + 0.0051);
    }
    table += fmt::format("| {} | {} s | {} s |\n", settings_text(rules), suspected.text(),
                         failed.text());
  }
  test::check_golden_block("v4_replicated_kv/membership/README.md", "detection", table);
}

TEST_CASE("golden: how often a peer that lives is suspected") {
  std::string table =
      "| heartbeat, suspect_after, fail_after | none lost | 10 % lost | 30 % lost |\n"
      "|---|--:|--:|--:|\n";
  for (const FailureRules& rules : kSettings) {
    std::string row = "| " + settings_text(rules);
    for (const std::uint64_t loss : {0U, 10U, 30U}) {
      constexpr std::uint64_t kHours = 24;
      Pair pair(rules, 1, loss);
      pair.until(ms(kHours * 3'600'000), true);
      const auto suspicions =
          std::ranges::count(pair.changes, Health::suspected,
                             [](const auto& change) { return change.second; });
      if (loss == 0) CHECK(suspicions == 0);
      row += fmt::format(" | {:.3g}", static_cast<double>(suspicions) / kHours);
    }
    table += row + " |\n";
  }
  test::check_golden_block("v4_replicated_kv/membership/README.md", "suspicions", table);
}
