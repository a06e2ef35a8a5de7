// The C++ that the bank's chapter shows is compiled: each block fenced as ```cpp stands,
// but for blanks and line ends, in a file below tests/bank/ or beside the chapter.
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/structure/files.hpp"

using namespace kv;

namespace {

// Without blanks and line ends, which a page sets as it likes.
std::string essence(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) {
    for (const char c : line) {
      if (c != ' ') text += c;
    }
  }
  return text;
}

}  // namespace

TEST_CASE("every C++ block of the bank's chapter is code that is compiled") {
  std::string sources;
  for (const std::string& path : source_files({".cpp", ".hpp"})) {
    if (path.starts_with("tests/bank/") || path.starts_with("v3_virtual_nodes/bank/")) {
      sources += essence(lines_of_file(path));
    }
  }
  std::size_t blocks = 0;
  std::vector<std::string> block;
  bool inside = false;
  for (const std::string& line : lines_of_file("v3_virtual_nodes/bank/README.md")) {
    if (inside && line == "```") {
      const std::string code = essence(block);
      CAPTURE(code);
      CHECK(sources.find(code) != std::string::npos);
      block.clear();
      inside = false;
      ++blocks;
    }
    if (inside) block.push_back(line);
    if (line == "```cpp") inside = true;
  }
  CHECK(blocks >= 3);
}
