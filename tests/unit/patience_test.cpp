#include "common/lesson/patience.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "common/lesson/algorithms.hpp"

using namespace kv;

namespace {

Options asking(std::string_view algorithm, std::size_t nodes) {
  Options options;
  options.algorithm = &*std::ranges::find(all_algorithms(), algorithm, &Algorithm::name);
  std::vector<Node> first;
  for (std::size_t i = 0; i < nodes; ++i) {
    first.push_back({.id = {}, .name = "n" + std::to_string(i)});
  }
  options.scenario = *plan(first, {});
  options.trials = 100;
  return options;
}

}  // namespace

TEST_CASE("trials are bounded where a look-up visits much, and nowhere else") {
  CHECK(affordable_trials(asking("rendezvous", 4), 1'000'000) == 100);
  CHECK(affordable_trials(asking("rendezvous", 40), 1'000'000) == 50);
  CHECK(affordable_trials(asking("rendezvous", 1000), 1'000'000) == 0);  // 2, of no use
  CHECK(affordable_trials(asking("rendezvous", 1000), 1'000) == 100);
  CHECK(affordable_trials(asking("multi-probe", 4), 1'000'000) == 95);
  CHECK(affordable_trials(asking("multi-probe", 1000), 1'000'000) == 95);
  CHECK(affordable_trials(asking("jump", 1000), 100'000'000) == 100);
}

TEST_CASE("trials that were asked for are run, however long they take") {
  Options options = asking("rendezvous", 1000);
  options.trials_given = true;
  CHECK(affordable_trials(options, 1'000'000) == 100);
}

TEST_CASE("what is said of trials that were left out names the way to have them") {
  const Options options = asking("rendezvous", 1000);
  CHECK(words_on_trials(options, 31).find("only 31 other seeds") != std::string::npos);
  CHECK(words_on_trials(options, 0).find("no other seeds") != std::string::npos);
  CHECK(words_on_trials(options, 0).find("--trials 100") != std::string::npos);
}
