// The files of the source tree, for tests that read them.
#pragma once

#include <string>
#include <vector>

namespace kv {

// Paths below the root that end in one of `endings`, sorted; `build` and hidden
// directories are left out.
[[nodiscard]] std::vector<std::string> source_files(
    const std::vector<std::string>& endings);

[[nodiscard]] std::vector<std::string> lines_of_file(const std::string& path_below_root);

}  // namespace kv
