#include "tests/programs/run_program.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <sstream>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kv {

TempDir::TempDir() {
  path_ = (std::filesystem::temp_directory_path() / "kv-test-XXXXXX").string();
  REQUIRE(mkdtemp(path_.data()) != nullptr);
}

TempDir::~TempDir() {
  std::filesystem::remove_all(path_);
}

std::string TempDir::file(std::string_view name, std::string_view content) const {
  const std::string path = path_ + "/" + std::string(name);
  make_file(path, content);
  return path;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file.good(), "cannot open ", path);
  return {std::istreambuf_iterator<char>(file), {}};
}

void make_file(const std::string& path, std::string_view content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  REQUIRE_MESSAGE(file.flush().good(), "cannot write ", path);
}

std::string without_times(const std::string& text) {
  static const std::regex kOnScreen(R"re((.*\([mn]s\).*?) +[0-9.,]+( ok| OFF)?)re");
  static const std::regex kInJson(R"re(("\w+_[mn]s": )[0-9.e+-]+(,?))re");
  std::istringstream lines(text);
  std::string masked;
  for (std::string line; std::getline(lines, line);) {
    std::smatch parts;
    if (std::regex_match(line, parts, kOnScreen)) {
      line = parts.str(1) + " #" + parts.str(2);
    } else {
      line = std::regex_replace(line, kInJson, "$1#$2");
    }
    masked += line + "\n";
  }
  return masked;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool updating_golden() {
  return std::getenv("UPDATE_GOLDEN") != nullptr;
}

namespace {

// In the child: takes `path` as file descriptor `fd`, or gives up.
void redirect(const std::string& path, int flags, int fd) {
  const int file = open(path.c_str(), flags, 0600);
  if (file < 0 || dup2(file, fd) < 0) _exit(127);
  close(file);
}

}  // namespace

ProgramEnd run_program(std::vector<std::string> words, const Surroundings& around) {
  const TempDir dir;
  const std::string in = dir.file("in", around.input);
  const std::string err = dir.file("err", "");
  const std::string out = around.output.empty() ? dir.file("out", "") : around.output;
  if (words[0].find('/') == words[0].npos) words[0] = KV_BIN_DIR "/" + words[0];
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    redirect(in, O_RDONLY, STDIN_FILENO);
    redirect(out, O_WRONLY, STDOUT_FILENO);
    redirect(err, O_WRONLY, STDERR_FILENO);
    if (!around.directory.empty() && chdir(around.directory.c_str()) != 0) _exit(127);
    execv(argv[0], argv.data());
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  REQUIRE(wait4(child, &status, 0, &usage) == child);
  return {.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          .out = around.output.empty() ? read_file(out) : "",
          .err = read_file(err),
          .peak_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
}

ProgramEnd run_shell(const std::string& command, const Surroundings& around) {
  return run_program({"/bin/sh", "-c", "PATH=" KV_BIN_DIR ":$PATH; " + command}, around);
}

}  // namespace kv
