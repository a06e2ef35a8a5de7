#include "common/survey/survey.hpp"

#include <algorithm>
#include <cmath>

#include "common/experiment/census.hpp"
#include "common/experiment/tally.hpp"
#include "common/survey/stopwatch.hpp"

namespace kv {

namespace {

constexpr int kRepeats = 5;

template <class Measure>
double median_of(Measure measure) {
  std::vector<double> taken;
  for (int i = 0; i < kRepeats; ++i) taken.push_back(measure());
  std::ranges::sort(taken);
  return taken[taken.size() / 2];
}

// What the step must move to be fair, nodes being equal: the newcomer's share, or the
// share of the one that left.
double least_of(const ClusterState& before, const ClusterState& after) {
  return 1 / static_cast<double>(std::max(before.nodes.size(), after.nodes.size()));
}

class Surveyor {
 public:
  Surveyor(const Algorithm& algorithm, const Scenario& scenario, const Setup& setup,
           const KeySet& keys, const MakeAny& make)
      : scenario_(scenario),
        setup_(setup),
        keys_(keys),
        make_([&make, name = algorithm.name](const Setup& s) { return make(name, s); }),
        found_{.algorithm = &algorithm} {}

  Surveyed run() {
    count();
    measure();
    return found_;
  }

 private:
  void count() {
    AnyPlacement placement = make_(setup_);
    Census census(keys_.hashes, scenario_.names.size());
    const auto& states = scenario_.states;
    for (std::size_t s = 0; s < states.size(); ++s) {
      enter(states[s], placement);
      const Tally counted = tally(census.take(placement), states[s]);
      const Figures figures = figures_of(counted, states[s]);
      if (s == 0) {
        found_.bytes = placement.bytes();
        found_.cv = figures[Quantity::cv];
        found_.max_over_mean = figures[Quantity::max_over_mean];
      } else {
        found_.moved += figures[Quantity::moved];
        found_.sideways += figures[Quantity::sideways];
        found_.least += least_of(states[s - 1], states[s]);
      }
    }
  }

  void measure() {
    const std::span<const Node> nodes = scenario_.states.front().nodes;
    AnyPlacement placement = make_(setup_);
    found_.build_ms = median_of([&] {
      placement = make_(setup_);
      return milliseconds_of([&] { placement.add(nodes); });
    });
    std::vector<NodeId> owners(keys_.hashes.size());
    const auto keys = static_cast<double>(owners.size());
    found_.lookup_ns =
        1e6 / keys * median_of([&] {
          return milliseconds_of([&] { placement.place(keys_.hashes, owners); });
        });
    const Node guest{.id = NodeId{static_cast<std::uint32_t>(setup_.nodes - 1)},
                     .name = "guest of the survey"};
    std::vector<double> removals;
    found_.add_ms = median_of([&] {
      const double added = milliseconds_of([&] { placement.add(guest); });
      removals.push_back(milliseconds_of([&] { placement.remove(guest.id); }));
      return added;
    });
    std::ranges::sort(removals);
    found_.remove_ms = removals[removals.size() / 2];
  }

  const Scenario& scenario_;
  const Setup& setup_;
  const KeySet& keys_;
  std::function<AnyPlacement(const Setup&)> make_;
  Surveyed found_;
};

// The most nodes at one time: the guest joins those of the first state.
std::size_t nodes_at_once(const Scenario& scenario) {
  std::size_t most = scenario.states.front().nodes.size() + 1;
  for (const ClusterState& state : scenario.states) {
    most = std::max(most, state.nodes.size());
  }
  return most;
}

}  // namespace

Survey survey(std::span<const Algorithm> algorithms, const Scenario& scenario,
              const Setup& setup, const KeySet& keys, const MakeAny& make,
              Progress& progress) {
  // One node more than the scenario has: the guest that is added and removed.
  Setup roomy = setup;
  roomy.nodes = scenario.names.size() + 1;
  const std::size_t nodes = nodes_at_once(scenario);
  progress.begin("surveying algorithms", algorithms.size());
  Survey found;
  for (const Algorithm& algorithm : algorithms) {
    progress.at(found.rows.size());
    if (nodes > algorithm.nodes_max) {
      found.left_out.push_back(&algorithm);
    } else {
      found.rows.push_back(Surveyor(algorithm, scenario, roomy, keys, make).run());
    }
  }
  progress.clear();
  return found;
}

}  // namespace kv
