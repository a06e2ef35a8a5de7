// The C++ that these pages show is compiled: each block fenced as ```cpp
// stands, but for blanks and line ends, in a file of the tests or beside the chapter.
#include <algorithm>
#include <cstddef>
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

namespace {

// A page whose code is compiled, at least so many blocks of it, and where.
struct Page {
  std::string path;
  std::size_t blocks_min;
  std::vector<std::string> folders;
};

const std::vector<Page> kPages{
    {"README.md", 1, {"tests/docs/"}},
    {"docs/GRPC.md", 1, {"tests/docs/"}},
    {"v3_virtual_nodes/bank/README.md", 3, {"tests/bank/", "v3_virtual_nodes/bank/"}},
    {"v4_replicated_kv/runtime/README.md", 2, {"tests/storage/wrong_store/"}}};

}  // namespace

TEST_CASE("every C++ block of these pages is code that is compiled") {
  for (const Page& page : kPages) {
    CAPTURE(page.path);
    std::string sources;
    for (const std::string& path : source_files({".cpp", ".hpp"})) {
      const bool is_shown = std::ranges::any_of(
          page.folders,
          [&](const std::string& folder) { return path.starts_with(folder); });
      if (is_shown) sources += essence(lines_of_file(path));
    }
    std::size_t blocks = 0;
    std::vector<std::string> block;
    bool inside = false;
    for (const std::string& line : lines_of_file(page.path)) {
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
    CHECK(blocks >= page.blocks_min);
  }
}
