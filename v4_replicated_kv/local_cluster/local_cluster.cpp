#include "v4_replicated_kv/local_cluster/local_cluster.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/base/text.hpp"
#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "v4_replicated_kv/client/client.hpp"
#include "v4_replicated_kv/local_cluster/local_nodes.hpp"

namespace kv {

namespace {

constexpr std::string_view kName = "v4_replicated_kv cluster";
constexpr int kTickMs = 100;
constexpr std::chrono::milliseconds kAskFor{300};

std::unexpected<Error> failed(std::string_view what) {
  return fail(Errc::io,
              fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

// The nodes' directories: one that stays, or one that goes with us.
class Directory {
 public:
  static Result<Directory> make(const LocalWords& words) {
    if (words.in_memory) return Directory("", false);
    if (words.data_dir.empty()) {
      const char* const chosen = std::getenv("TMPDIR");
      std::string path = chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
      path += "/v4_replicated_kv-XXXXXX";
      if (mkdtemp(path.data()) == nullptr) return failed(printable(path));
      return Directory(path, true);
    }
    std::error_code wrong;
    std::filesystem::create_directories(words.data_dir, wrong);
    if (wrong) {
      return fail(Errc::io,
                  fmt::format("{}: {}", printable(words.data_dir), wrong.message()));
    }
    return Directory(std::filesystem::absolute(words.data_dir), false);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  Directory(Directory&& other) noexcept
      : path_(std::move(other.path_)), is_ours_(std::exchange(other.is_ours_, false)) {}
  Directory& operator=(Directory&&) = delete;
  ~Directory() {
    std::error_code ignored;  // what is left is in a temporary directory
    if (is_ours_) std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Directory(std::string path, bool is_ours) : path_(std::move(path)), is_ours_(is_ours) {}

  std::string path_;
  bool is_ours_;
};

// Ctrl-C and its like as something to be polled, with what the terminal types.
class Ears {
 public:
  Ears() {
    sigset_t set;
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) {
      sigaddset(&set, number);
    }
    sigprocmask(SIG_BLOCK, &set, &before_);
    signals_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  }
  Ears(const Ears&) = delete;
  Ears& operator=(const Ears&) = delete;
  ~Ears() {
    close(signals_);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

  void wait(LocalNodes& nodes, int timeout_ms) {
    std::vector<pollfd> all{
        {.fd = signals_, .events = POLLIN, .revents = 0},
        {.fd = hears_ ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}};
    for (LocalNode& node : nodes.all()) {
      const int output = node.process ? node.process->output() : -1;
      all.push_back({.fd = output, .events = POLLIN, .revents = 0});
    }
    if (poll(all.data(), all.size(), timeout_ms) <= 0) return;
    read_signals();
    if (all[1].revents != 0) read_input();
    for (LocalNode& node : nodes.all()) {
      if (node.process) nodes.listen(node);
    }
  }

  [[nodiscard]] bool is_asked_to_end() const { return ends_; }
  [[nodiscard]] std::optional<std::string> next_line() {
    const auto end = typed_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = typed_.substr(0, end);
    typed_.erase(0, end + 1);
    return line;
  }

 private:
  void read_signals() {
    signalfd_siginfo info{};
    while (::read(signals_, &info, sizeof info) == sizeof info) {
      ends_ = ends_ || info.ssi_signo != SIGCHLD;
    }
  }

  // At a terminal its end is a wish to end; a script that typed all it had may go on to
  // wait for Ctrl-C, as does a process without an input.
  void read_input() {
    std::array<char, 512> piece{};
    const ssize_t got = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (got > 0) {
      typed_.append(piece.data(), static_cast<std::size_t>(got));
      return;
    }
    hears_ = false;
    ends_ = ends_ || isatty(STDIN_FILENO) != 0;
  }

  sigset_t before_{};
  int signals_ = -1;
  bool hears_ = true;
  bool ends_ = false;
  std::string typed_;
};

void say(std::string_view node, std::string_view line) {
  // A closed output ends nobody's cluster.
  disregard(write_output(node.empty() ? fmt::format("{}\n", line)
                                      : fmt::format("{} | {}\n", node, line)));
}

// Whoever answers at a node's address before there is that node would be taken for it.
Result<void> check_nobody_serves(LocalNodes& nodes) {
  for (const LocalNode& node : nodes.all()) {
    Client client({.endpoints = {node.http}, .timeout = kAskFor});
    const auto answer = client.fetch("/readyz");
    if (!answer && answer.error().http_status == 0) continue;
    return fail(Errc::conflict,
                fmt::format("{}: a server is there already, where {} was to be; end it, "
                            "or take another --http-base",
                            node.http, node.name));
  }
  return {};
}

// Asks one that does not say yes yet.
bool all_ready(LocalNodes& nodes, std::vector<bool>& ready) {
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (ready[i]) continue;
    Client client({.endpoints = {nodes.all()[i].http}, .timeout = kAskFor});
    if (!client.fetch("/readyz")) return false;
    ready[i] = true;
  }
  return true;
}

Result<int> play(LocalNodes& nodes, Ears& ears) {
  if (auto nobody = check_nobody_serves(nodes); !nobody) {
    return std::unexpected(nobody.error());
  }
  if (auto started = nodes.start_all(); !started) return std::unexpected(started.error());
  const auto begun = std::chrono::steady_clock::now();
  std::vector<bool> ready(nodes.all().size());
  bool is_ready = false;
  while (!ears.is_asked_to_end()) {
    ears.wait(nodes, is_ready ? -1 : kTickMs);
    const bool one_died = nodes.look_for_the_dead();
    if (one_died && !is_ready) {
      return fail(Errc::stopped, "a node ended at its start; what it said is above");
    }
    if (!is_ready && all_ready(nodes, ready)) {
      is_ready = true;
      say("", fmt::format(
                  "ready after {:.1f} s; commands: kill, stop, start, pause, resume "
                  "NODE, status, quit",
                  std::chrono::duration<double>(std::chrono::steady_clock::now() - begun)
                      .count()));
    }
    while (const auto line = ears.next_line()) {
      const auto goes_on = nodes.obey(*line);
      if (!goes_on) say("", goes_on.error().detail);
      if (goes_on && !*goes_on) return 0;
    }
  }
  return 0;
}

Result<int> run(int argc, const char* const* argv) {
  const auto words = read_local_words(argc, argv);
  if (!words) return std::unexpected(words.error());
  if (words->help) {
    if (auto written = write_output(local_help()); !written) {
      return std::unexpected(written.error());
    }
    return 0;
  }
  const auto directory = Directory::make(*words);
  if (!directory) return std::unexpected(directory.error());
  Ears ears;
  LocalNodes nodes(*words, directory->path(), &say);
  auto status = play(nodes, ears);
  nodes.end_all();
  return status;
}

}  // namespace

int local_cluster_main(int argc, const char* const* argv) {
  return exit_status_of(kName, [&] { return run(argc, argv); });
}

}  // namespace kv
