// No two types of one namespace share a name. Each source compiles with either of them, and
// the program, in which the linker kept the functions of one, does what nobody wrote.
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/structure/files.hpp"

using namespace kv;

namespace {

constexpr const char* kUnnamed = "?";

// The types that a file defines for all: those within an unnamed namespace are its own.
std::vector<std::string> types_of(const std::string& path) {
  static const std::regex opens(R"(^namespace ?([\w:]*) ?\{.*)");
  static const std::regex closes(R"(^\}  // namespace.*)");
  static const std::regex type(
      R"(^(struct|class|enum class) (\w+)( final)?( : .*)? ?\{.*)");
  std::vector<std::string> inside;
  std::vector<std::string> types;
  for (const std::string& line : lines_of_file(path)) {
    std::smatch match;
    if (std::regex_match(line, match, opens)) {
      inside.push_back(match[1].length() == 0 ? kUnnamed : match[1].str());
    } else if (std::regex_match(line, closes)) {
      if (!inside.empty()) inside.pop_back();
    } else if (std::regex_match(line, match, type)) {
      std::string name;
      bool is_own = false;
      for (const std::string& space : inside) {
        is_own = is_own || space == kUnnamed;
        name += space + "::";
      }
      if (!is_own) types.push_back(name + match[2].str());
    }
  }
  return types;
}

}  // namespace

TEST_CASE("no two types of a program share a name") {
  std::map<std::string, std::set<std::string>> where;
  for (const std::string& path : source_files({".hpp", ".cpp"})) {
    if (path.starts_with("tests/")) continue;  // those are programs of their own
    for (const std::string& type : types_of(path)) where[type].insert(path);
  }
  CHECK(where.size() > 400);
  for (const auto& [type, paths] : where) {
    // The three stages are three programs, which say their ideas again.
    const bool is_stage = paths.begin()->starts_with("v1_");
    std::string all;
    for (const std::string& path : paths) all += path + " ";
    CAPTURE(type);
    CAPTURE(all);
    CHECK((paths.size() == 1 || is_stage));
  }
}
