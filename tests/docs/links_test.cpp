// Links between documents lead somewhere, and commands that documents name exist.
#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>

#include <doctest/doctest.h>

#include "tests/programs/run_program.hpp"
#include "tests/structure/files.hpp"

using namespace kv;

namespace {

namespace fs = std::filesystem;

std::string text_of(const std::string& path) {
  return read_file(std::string(KV_SOURCE_DIR "/") + path);
}

// How a heading is linked to: lower case, blanks as dashes, punctuation left out.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    if (c == ' ' || c == '-') anchor += '-';
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      anchor += static_cast<char>(std::tolower(c));
    }
  }
  return anchor;
}

bool has_anchor(const std::string& path, const std::string& anchor) {
  const auto lines = lines_of_file(path);
  return std::ranges::any_of(lines, [&](const std::string& line) {
    const auto text = line.find_first_not_of('#');
    return line.starts_with('#') && text != line.npos && text + 1 < line.size() &&
           anchor_of(line.substr(text + 1)) == anchor;
  });
}

}  // namespace

TEST_CASE("every relative link leads to a file, and its anchor to a heading") {
  const std::regex link(R"(\]\(([^)\s]+)\))");
  for (const std::string& path : source_files({".md"})) {
    CAPTURE(path);
    const std::string text = text_of(path);
    for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at) {
      const std::string target = (*at)[1];
      if (target.starts_with("http")) continue;
      CAPTURE(target);
      const auto hash = target.find('#');
      const fs::path file = hash == 0
                                ? fs::path(path)
                                : (fs::path(path).parent_path() / target.substr(0, hash))
                                      .lexically_normal();
      REQUIRE(fs::exists(fs::path(KV_SOURCE_DIR) / file));
      if (hash != target.npos) CHECK(has_anchor(file.string(), target.substr(hash + 1)));
    }
  }
}

TEST_CASE("every make target that a document names is in the Makefile") {
  const std::string makefile = text_of("Makefile");
  const std::regex command(R"([`\n$ ]make ([a-z]+)[`\n ])");
  std::size_t named = 0;
  for (const std::string& path : source_files({".md"})) {
    CAPTURE(path);
    const std::string text = text_of(path);
    for (std::sregex_iterator at(text.begin(), text.end(), command), end; at != end;
         ++at) {
      const std::string target = (*at)[1];
      const std::string before = at->str().substr(0, 1);
      if (before == " ") continue;  // prose: "make sure"
      CAPTURE(target);
      ++named;
      CHECK(makefile.find("\n" + target + ":") != std::string::npos);
    }
  }
  CHECK(named >= 2);
}

TEST_CASE("every page that a program points to exists") {
  for (const std::string& program : kStages) {
    const ProgramEnd outcome = run_program({program, "--keys", "10", "--trials", "0"});
    CHECK(outcome.out.find(program + "/README.md") != std::string::npos);
    CHECK(fs::exists(KV_SOURCE_DIR "/" + program + "/README.md"));
  }
}
