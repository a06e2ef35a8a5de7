#include "tests/structure/files.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

namespace kv {

namespace fs = std::filesystem;

std::vector<std::string> source_files(const std::vector<std::string>& endings) {
  const fs::path root = KV_SOURCE_DIR;
  std::vector<std::string> files;
  for (auto at = fs::recursive_directory_iterator(root);
       at != fs::recursive_directory_iterator(); ++at) {
    const std::string name = at->path().filename().string();
    if (at->is_directory() && (name == "build" || name.starts_with('.'))) {
      at.disable_recursion_pending();
    }
    const auto ends = [&](const std::string& ending) { return name.ends_with(ending); };
    if (at->is_regular_file() && std::ranges::any_of(endings, ends)) {
      files.push_back(fs::relative(at->path(), root).string());
    }
  }
  std::ranges::sort(files);
  REQUIRE(!files.empty());
  return files;
}

std::vector<std::string> lines_of_file(const std::string& path_below_root) {
  std::ifstream file(std::string(KV_SOURCE_DIR "/") + path_below_root);
  REQUIRE_MESSAGE(file.good(), "cannot open ", path_below_root);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

}  // namespace kv
