// A part of a document that a test computes: between a line "<!-- golden: NAME -->" and the
// next "<!-- end -->".
#pragma once

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "tests/programs/run_program.hpp"

namespace kv::test {

// Checks that the page, by its path below the root, has `text` in the block of this name; or
// puts it there, if golden files are to be written anew.
inline void check_golden_block(const std::string& page_path, const std::string& name,
                               std::string_view text) {
  const std::string path = KV_SOURCE_DIR "/" + page_path;
  std::string page = read_file(path);
  const std::string first = "<!-- golden: " + name + " -->\n";
  const auto begin = page.find(first);
  REQUIRE_MESSAGE(begin != std::string::npos, page_path, " has no block ", name);
  const auto from = begin + first.size();
  const auto end = page.find("<!-- end -->", from);
  REQUIRE_MESSAGE(end != std::string::npos, page_path, ": block ", name, " has no end");
  if (updating_golden()) {
    make_file(path, page.replace(from, end - from, text));
    return;
  }
  CHECK_MESSAGE(page.substr(from, end - from) == text, page_path,
                " is stale: make golden, and read the difference; it should show:\n",
                text);
}

}  // namespace kv::test
