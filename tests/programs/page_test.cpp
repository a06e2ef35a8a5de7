// The HTML page: self-contained, well-formed, and safe whatever nodes are called.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/programs/run_program.hpp"

using namespace kv;

namespace {

std::string page_of(std::vector<std::string> words) {
  const TempDir dir;
  const std::string path = dir.path() + "/page.html";
  words.insert(words.end(), {"--keys", "2000", "--trials", "5", "--report", path});
  const ProgramEnd outcome = run_program(words);
  REQUIRE(outcome.status == 0);
  return read_file(path);
}

// Whether every element that is opened is closed, in order. The page is written so that
// this simple reading holds: no comments, no scripts, no ">" inside a tag.
bool nests(const std::string& page) {
  const std::vector<std::string> childless{"meta"};
  std::vector<std::string> open;
  for (std::size_t at = page.find('<'); at != page.npos; at = page.find('<', at + 1)) {
    const std::size_t end = page.find('>', at);
    if (end == page.npos) return false;
    const bool closes = page[at + 1] == '/';
    const std::size_t from = at + (closes ? 2 : 1);
    const std::string name = page.substr(from, page.find_first_of(" />", from) - from);
    if (name == "!doctype" || name == "meta" || page[end - 1] == '/') continue;
    if (!closes) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

}  // namespace

TEST_CASE("the page of every program nests and needs nothing from elsewhere") {
  for (const std::string& program : kPrograms) {
    CAPTURE(program);
    const std::string page = page_of({program});
    CHECK(page.starts_with("<!doctype html>"));
    CHECK(nests(page));
    for (const char* outside :
         {"http:", "https:", "src=", "href=", "url(", "@import", "<script"}) {
      CAPTURE(outside);
      CHECK(page.find(outside) == std::string::npos);
    }
    CHECK(page.find("nan") == std::string::npos);
    CHECK(page.find("inf,") == std::string::npos);
  }
}

TEST_CASE("a node's name cannot write into the page") {
  const std::string page = page_of({"v1_modular", "--nodes", "<script>,\"q\"&'"});
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("&lt;script&gt;") != std::string::npos);
  CHECK(page.find("&quot;q&quot;&amp;&#39;") != std::string::npos);
  CHECK(nests(page));
}

TEST_CASE("the page shows loads, moves, circles and, with virtual nodes, the sweep") {
  const std::string page = page_of({"compare"});
  for (const char* part : {"Load per node", "Keys moved", "The circle of hashes",
                           "Load spread by tokens a node", "of the keys", "sideways"}) {
    CAPTURE(part);
    CHECK(page.find(part) != std::string::npos);
  }
}

TEST_CASE("an old page is replaced whole, and the same run writes the same page") {
  const TempDir dir;
  const std::string path = dir.file("page.html", "an old page");
  const std::vector<std::string> words{"v2_consistent", "--keys", "100", "--trials", "0",
                                       "--report",      path};
  REQUIRE(run_program(words).status == 0);
  const std::string first = read_file(path);
  CHECK(first.starts_with("<!doctype html>"));
  REQUIRE(run_program(words).status == 0);
  CHECK(read_file(path) == first);
}

TEST_CASE("a thousand nodes still make a page") {
  CHECK(nests(page_of({"v1_modular", "--nodes", "1100", "--step", "add:x"})));
}
