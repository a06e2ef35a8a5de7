#include "v4_replicated_kv/local_cluster/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kv {

namespace {

constexpr int kCannotRun = 127;

std::unexpected<Error> failed(const std::string& program, const char* what) {
  return fail(Errc::io, fmt::format("{}: {}: {}", program, what,
                                    std::generic_category().message(errno)));
}

// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become(char* const* words, int output, pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  setpgid(0, 0);  // the terminal's Ctrl-C is for the parent, who tells each
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const bool is_orphan = getppid() != parent;
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (!is_orphan && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
      dup2(output, STDOUT_FILENO) >= 0 && dup2(output, STDERR_FILENO) >= 0) {
    execv(words[0], words);
  }
  _exit(kCannotRun);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& words) {
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) return failed(words.front(), "no pipe");
  fcntl(pipe[0], F_SETFL, O_NONBLOCK);
  std::vector<std::string> own = words;
  std::vector<char*> arguments;
  for (std::string& word : own) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(arguments.data(), pipe[1], parent);
  close(pipe[1]);
  if (pid < 0) {
    close(pipe[0]);
    return failed(words.front(), "cannot be started");
  }
  return ChildProcess(pid, pipe[0]);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      output_(std::exchange(other.output_, -1)),
      ending_(std::move(other.ending_)) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  if (this == &other) return *this;
  let_go();
  pid_ = std::exchange(other.pid_, -1);
  output_ = std::exchange(other.output_, -1);
  ending_ = std::move(other.ending_);
  return *this;
}

ChildProcess::~ChildProcess() {
  let_go();
}

void ChildProcess::let_go() {
  if (pid_ > 0 && ending_.empty()) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (output_ >= 0) close(output_);
  pid_ = -1;
  output_ = -1;
}

std::string ChildProcess::read() {
  std::string text;
  std::array<char, 4096> piece{};
  while (output_ >= 0) {
    const ssize_t got = ::read(output_, piece.data(), piece.size());
    if (got > 0) {
      text.append(piece.data(), static_cast<std::size_t>(got));
    } else if (got < 0 && errno == EINTR) {
      continue;
    } else if (got < 0 && errno == EAGAIN) {
      break;
    } else {
      close(std::exchange(output_, -1));
    }
  }
  return text;
}

Result<void> ChildProcess::signal(int number) const {
  if (ending_.empty() && kill(pid_, number) == 0) return {};
  return fail(Errc::not_found, "is not running");
}

bool ChildProcess::has_ended() {
  if (!ending_.empty()) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  ending_ = WIFSIGNALED(status)
                ? fmt::format("killed by signal {}", WTERMSIG(status))
                : fmt::format("ended with status {}", WEXITSTATUS(status));
  return true;
}

}  // namespace kv
