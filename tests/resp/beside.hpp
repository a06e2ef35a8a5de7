// Programs beside the test: what tests/programs/run_program.hpp and tests/crash have, for those
// who also say what an Outcome of the store is.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace kv::test {

struct ShellRan {
  int status;
  std::string out;
  std::string err;
};
[[nodiscard]] ShellRan shell(const std::string& command);

// Whether there is such a program; says so if not.
[[nodiscard]] bool is_here(const std::string& program);

[[nodiscard]] std::vector<std::string> lines_in(const std::string& text);

// A real Redis, which keeps nothing.
class RealRedis {
 public:
  RealRedis();
  ~RealRedis();
  RealRedis(const RealRedis&) = delete;
  RealRedis& operator=(const RealRedis&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  struct Process;

  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace kv::test
