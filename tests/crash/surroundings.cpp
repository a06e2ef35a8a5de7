#include "tests/crash/surroundings.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kv::test {

namespace {

void must_run(const std::string& command) {
  CAPTURE(command);
  const ProgramEnd outcome = run_shell(command);
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
}

// Closed at its end; something that can be waited for.
class Descriptor {
 public:
  explicit Descriptor(int raw) : raw_(raw) { REQUIRE(raw_ >= 0); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(raw_); }

  [[nodiscard]] int raw() const { return raw_; }
  // False where nothing has come by then.
  [[nodiscard]] bool becomes_readable(std::chrono::steady_clock::time_point until) const {
    using std::chrono::milliseconds;
    const auto left =
        std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
    ::pollfd one{.fd = raw_, .events = POLLIN, .revents = 0};
    return ::poll(&one, 1, static_cast<int>(std::max(left, milliseconds(0)).count())) > 0;
  }

 private:
  int raw_;
};

bool enter_own_mounts() {
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

}  // namespace

bool can_mount() {
  static const bool can = ::geteuid() == 0 && enter_own_mounts();
  if (!can) MESSAGE("skipped: this takes root, and mounts of one's own");
  return can;
}

bool has_program(const std::string& name) {
  const bool has = run_shell("command -v " + name).status == 0;
  if (!has) MESSAGE("skipped: there is no ", name, " here");
  return has;
}

SmallDisk::SmallDisk(const std::string& size) : path_(dir_.path() + "/disk") {
  must_run("mkdir " + path_ + " && mount -t tmpfs -o mode=700,size=" + size + " tmpfs " +
           path_);
}

SmallDisk::~SmallDisk() {
  ::umount2(path_.c_str(), MNT_DETACH);
}

CuttableDisk::CuttableDisk() : path_(dir_.path() + "/disk") {
  must_run("cd " + dir_.path() +
           " && mkdir disk && truncate -s 64M image && mkfs.ext4 -qF "
           "image");
  mount();
}

CuttableDisk::~CuttableDisk() {
  if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
}

void CuttableDisk::mount() {
  must_run("mount -o loop " + dir_.path() + "/image " + path_);
  mounted_ = true;
}

// The last user's files may take a moment to be closed.
void CuttableDisk::unmount() {
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (::umount(path_.c_str()) == 0) {
      mounted_ = false;
      return;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  FAIL("cannot unmount ", path_);
}

void CuttableDisk::cut() {
  constexpr unsigned long kShutdown = 0x8004587d;  // EXT4_IOC_SHUTDOWN
  std::uint32_t without_log_flush = 2;
  const int disk = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(disk >= 0);
  const int done = ::ioctl(disk, kShutdown, &without_log_flush);
  ::close(disk);
  REQUIRE(done == 0);
}

void CuttableDisk::restart() {
  unmount();
  mount();
}

Beside::Beside(std::vector<std::string> words, std::string output)
    : output_(std::move(output)) {
  make_file(output_, "");
  if (words[0].find('/') == std::string::npos) words[0] = KV_BIN_DIR "/" + words[0];
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  child_ = ::fork();
  REQUIRE(child_ >= 0);
  if (child_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int file = ::open(output_.c_str(), O_WRONLY | O_APPEND);
  if (::getppid() != parent || file < 0 || ::dup2(file, STDOUT_FILENO) < 0) ::_exit(127);
  ::close(file);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

Beside::~Beside() {
  if (child_ < 0) return;
  kill();
  ::waitpid(child_, nullptr, 0);
}

void Beside::wait_for(const std::string& text) const {
  constexpr std::chrono::seconds kPatience{15};
  const Descriptor changes(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  REQUIRE(::inotify_add_watch(changes.raw(), output_.c_str(), IN_MODIFY) >= 0);
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (said().find(text) == std::string::npos) {
    if (!changes.becomes_readable(until)) {
      FAIL("it never said \"", text, "\" but \"", said(), "\"");
    }
    std::array<char, 4096> events{};  // which they are says the file
    while (::read(changes.raw(), events.data(), events.size()) > 0) {
    }
  }
}

void Beside::kill() const {
  ::kill(child_, SIGKILL);
}

int Beside::wait(int seconds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  const Descriptor end(static_cast<int>(::syscall(SYS_pidfd_open, child_, 0)));
  if (!end.becomes_readable(until)) kill();
  int status = 0;
  REQUIRE(::waitpid(child_, &status, 0) == child_);
  child_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace kv::test
