// Runs a built program as a person would, and keeps all that it says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kv {

// The stages that keep one copy of each key, and all programs.
inline const std::vector<std::string> kStages{"v1_modular", "v2_consistent",
                                              "v3_virtual_nodes"};
inline const std::vector<std::string> kPrograms{
    "v1_modular", "v2_consistent", "v3_virtual_nodes", "v4_replicated_kv", "compare"};

struct ProgramEnd {
  int status;       // exit status, or 128 + signal
  std::string out;  // standard output
  std::string err;  // standard error
  std::uint64_t peak_bytes;
};

// A directory of its own under the temporary one, gone with the object.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  // Writes a file of that name and returns its path.
  [[nodiscard]] std::string file(std::string_view name, std::string_view content) const;

 private:
  std::string path_;
};

struct Surroundings {
  std::string input = {};      // standard input
  std::string directory = {};  // working directory; empty: this one
  std::string output = {};     // a file for standard output; empty: keep it in ProgramEnd
};

// `words[0]` is a program of this build or a path. Waits for its end.
[[nodiscard]] ProgramEnd run_program(std::vector<std::string> words,
                                     const Surroundings& around = {});

// The same through `sh -c`, with this build's programs first on the path.
[[nodiscard]] ProgramEnd run_shell(const std::string& command,
                                   const Surroundings& around = {});

[[nodiscard]] std::string read_file(const std::string& path);
void make_file(const std::string& path, std::string_view content);

// The text with # for every measured time: on a screen the last number of a line that
// names its unit as (ms) or (ns), in JSON what follows a name that ends in _ms or _ns.
[[nodiscard]] std::string without_times(const std::string& text);

[[nodiscard]] std::vector<std::string> lines_of(const std::string& text);

// Whether golden files and documents are to be written anew instead of compared.
[[nodiscard]] bool updating_golden();

}  // namespace kv
