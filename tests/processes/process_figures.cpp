#include "tests/processes/process_figures.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

namespace kv::test {

namespace {

std::uint64_t bytes_of_line(pid_t process, const std::string& name) {
  std::ifstream status(fmt::format("/proc/{}/status", process));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name)) return std::stoull(line.substr(name.size())) << 10U;
  }
  FAIL("no " << name << " in the status of a process");
  return 0;
}

}  // namespace

std::uint64_t resident_bytes(pid_t process) {
  return bytes_of_line(process, "VmRSS:");
}

std::uint64_t most_resident_bytes(pid_t process) {
  return bytes_of_line(process, "VmHWM:");
}

std::chrono::milliseconds cpu_time(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // The second field is the name in brackets; the 14th and 15th are what is looked for.
  std::size_t at = text.rfind(')');
  REQUIRE(at != std::string::npos);
  for (int field = 2; field < 14; ++field) at = text.find(' ', at + 1);
  std::size_t length = 0;
  const std::uint64_t user = std::stoull(text.substr(at), &length);
  const std::uint64_t system = std::stoull(text.substr(at + length));
  const auto ticks_a_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return std::chrono::milliseconds((user + system) * 1000 / ticks_a_second);
}

std::size_t open_descriptors(pid_t process) {
  const std::filesystem::directory_iterator all(fmt::format("/proc/{}/fd", process));
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace kv::test
