// The diff from one stage to the next is the lesson, so it has to fit on a slide.
#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/structure/files.hpp"

using namespace kv;

namespace {

// How many lines of `after` are not in the longest common subsequence with `before`: what
// `diff` shows with a plus.
std::size_t added_lines(const std::string& before_path, const std::string& after_path) {
  const auto before = lines_of_file(before_path);
  const auto after = lines_of_file(after_path);
  std::vector<std::vector<std::size_t>> common(
      before.size() + 1, std::vector<std::size_t>(after.size() + 1));
  for (std::size_t i = 1; i <= before.size(); ++i) {
    for (std::size_t j = 1; j <= after.size(); ++j) {
      common[i][j] = before[i - 1] == after[j - 1]
                         ? common[i - 1][j - 1] + 1
                         : std::max(common[i - 1][j], common[i][j - 1]);
    }
  }
  return after.size() - common[before.size()][after.size()];
}

const std::vector<std::string> kStages{"v1_modular", "v2_consistent", "v3_virtual_nodes"};

}  // namespace

TEST_CASE("a stage's placement adds at most 30 lines to the one before") {
  for (std::size_t i = 1; i < kStages.size(); ++i) {
    CAPTURE(kStages[i]);
    CHECK(added_lines(kStages[i - 1] + "/placement.hpp", kStages[i] + "/placement.hpp") <=
          30);
  }
}

TEST_CASE("a stage's main differs from the one before in at most four lines") {
  for (std::size_t i = 1; i < kStages.size(); ++i) {
    CAPTURE(kStages[i]);
    CHECK(added_lines(kStages[i - 1] + "/main.cpp", kStages[i] + "/main.cpp") <= 4);
  }
}

TEST_CASE("every stage has the same three files, and its idea says what it is bad at") {
  for (const std::string& stage : kStages) {
    CAPTURE(stage);
    CHECK(lines_of_file(stage + "/README.md").size() > 20);
    CHECK(!lines_of_file(stage + "/main.cpp").empty());
    const auto lines = lines_of_file(stage + "/placement.hpp");
    CHECK(lines.size() <= 70);
    for (const char* opening : {"// Chapter ", "// Idea ", "// Good at ", "// Bad at "}) {
      CAPTURE(opening);
      CHECK(std::ranges::any_of(lines,
                                [&](const auto& l) { return l.starts_with(opening); }));
    }
  }
}
