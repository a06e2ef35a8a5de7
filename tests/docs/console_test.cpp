// Every console block of the documents shows what the programs really print.
//
// In a block fenced as ```console, a line that begins with "$ " is a command; what
// follows, up to the next command, is its standard output. A line "..." stands for any
// lines, and a measured time for any other. A command runs in an empty directory, with
// the library of scenarios in it if it plays one.
#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "tests/programs/run_program.hpp"
#include "tests/structure/files.hpp"

using namespace kv;

namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view kTree = "v4_replicated_kv/";

// Whether `shown`, from index i, fits `real`, from index j.
bool fits(const Lines& shown, const Lines& real, std::size_t i = 0, std::size_t j = 0) {
  for (; i < shown.size(); ++i, ++j) {
    if (shown[i] == "...") {
      for (std::size_t rest = j; rest <= real.size(); ++rest) {
        if (fits(shown, real, i + 1, rest)) return true;
      }
      return false;
    }
    if (j >= real.size()) return false;
    if (without_times(shown[i]) != without_times(real[j])) return false;
  }
  return j == real.size();
}

Lines split_lines(const std::string& text) {
  Lines lines;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    lines.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  }
  return lines;
}

std::string joined(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// Checks one command and what the document shows below it; returns what it should show.
Lines check_command(const std::string& command, const Lines& shown) {
  CAPTURE(command);
  const TempDir dir;
  // What names a file of the repository is typed at its root.
  if (command.find(kTree) != std::string::npos) {
    std::filesystem::create_directory_symlink(KV_SOURCE_DIR "/v4_replicated_kv",
                                              dir.path() + "/v4_replicated_kv");
  }
  const ProgramEnd outcome = run_shell(command, {.directory = dir.path()});
  const Lines real = split_lines(outcome.out);
  CHECK_MESSAGE(!real.empty(), "prints nothing");
  const bool elided = std::ranges::find(shown, "...") != shown.end();
  if (updating_golden() && !elided) return real;
  CHECK_MESSAGE(fits(shown, real), "shown:\n", joined(shown), "printed:\n", outcome.out,
                outcome.err);
  return shown;
}

// The document as it should be; runs every command on the way.
Lines check_document(const Lines& document) {
  Lines checked;
  for (std::size_t i = 0; i < document.size(); ++i) {
    checked.push_back(document[i]);
    if (document[i] != "```console") continue;
    ++i;
    while (i < document.size() && document[i] != "```") {
      REQUIRE_MESSAGE(document[i].starts_with("$ "),
                      "a console block begins with a command");
      const std::string command = document[i].substr(2);
      checked.push_back(document[i++]);
      Lines shown;
      while (i < document.size() && document[i] != "```" &&
             !document[i].starts_with("$ ")) {
        shown.push_back(document[i++]);
      }
      for (std::string& line : check_command(command, shown)) checked.push_back(line);
    }
    REQUIRE_MESSAGE(i < document.size(), "a console block is not closed");
    checked.push_back("```");
  }
  return checked;
}

}  // namespace

TEST_CASE("golden: documents show what the programs print") {
  std::size_t blocks = 0;
  for (const std::string& path : source_files({".md"})) {
    CAPTURE(path);
    const Lines document = lines_of_file(path);
    blocks += static_cast<std::size_t>(std::ranges::count(document, "```console"));
    const Lines checked = check_document(document);
    if (updating_golden()) make_file(KV_SOURCE_DIR "/" + path, joined(checked));
  }
  CHECK(blocks > 10);
}

TEST_CASE("the reading of console blocks is not too kind") {
  CHECK(fits({"a", "...", "d"}, {"a", "b", "c", "d"}));
  CHECK(fits({"...", "d"}, {"d"}));
  CHECK(fits({"put (ms)   up to 9   1.5 ok"}, {"put (ms)   up to 9  0.25 ok"}));
  CHECK_FALSE(fits({"put (ms)   up to 9   1.5 ok"}, {"put (ms)   up to 9   1.5 OFF"}));
  CHECK_FALSE(fits({"put (ms)   up to 8   1.5 ok"}, {"put (ms)   up to 9   1.5 ok"}));
  CHECK_FALSE(fits({"puts       1.5 ok"}, {"puts       1.6 ok"}));
  CHECK_FALSE(fits({"a", "d"}, {"a", "b", "c", "d"}));
  CHECK_FALSE(fits({"a", "..."}, {"b"}));
  CHECK_FALSE(fits({"a"}, {"a", "b"}));
  CHECK_FALSE(fits({"a", "b"}, {"a"}));
}
