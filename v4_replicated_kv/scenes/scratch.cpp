#include "v4_replicated_kv/scenes/scratch.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <stop_token>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>
#include <sys/statvfs.h>

#include "common/base/text.hpp"

namespace kv {

namespace {

constexpr std::string_view kAdvice =
    "set TMPDIR to another directory, or leave the scenes out with --scenes none";

// Others may still make files in it, so it may take more than one try.
void remove_all_of(const std::string& path) {
  constexpr int kTries = 100;
  std::error_code failed;
  for (int tries = 0; tries < kTries; ++tries) {
    std::filesystem::remove_all(path, failed);
    if (!std::filesystem::exists(path, failed)) return;
  }
}

// What is ignored already (as nohup does) goes on being ignored.
::sigset_t signals_that_end() {
  ::sigset_t set;
  sigemptyset(&set);
  for (const int signal : std::array{SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    struct sigaction how{};
    sigaction(signal, nullptr, &how);
    if (how.sa_handler == SIG_DFL) sigaddset(&set, signal);
  }
  return set;
}

}  // namespace

Result<std::unique_ptr<Scratch>> Scratch::make(std::uint64_t bytes_needed) {
  const char* const chosen = std::getenv("TMPDIR");
  const std::string parent = chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  std::string path = parent + "/v4_replicated_kv-XXXXXX";
  const auto refuse = [&] {
    return fail(
        Errc::io,
        fmt::format("{}: no directory can be made in it for the scenes: {}; {}",
                    printable(parent), std::generic_category().message(errno), kAdvice));
  };
  struct statvfs room{};
  if (statvfs(parent.c_str(), &room) != 0) return refuse();
  const std::uint64_t bytes = std::uint64_t{room.f_bavail} * room.f_frsize;
  if (bytes < bytes_needed) {
    return fail(Errc::disk_full,
                fmt::format("{}: {} KiB are free, and the scenes take up to {} KiB; {}",
                            printable(parent), bytes >> 10, bytes_needed >> 10, kAdvice));
  }
  if (mkdtemp(path.data()) == nullptr) return refuse();
  return std::unique_ptr<Scratch>(new Scratch(std::move(path)));
}

Scratch::Scratch(std::string path)
    : path_(std::move(path)), awaited_(signals_that_end()) {
  pthread_sigmask(SIG_BLOCK, &awaited_, &before_);  // every thread from here on
  waiting_ =
      std::jthread([this](const std::stop_token& stop) { wait_for_signals(stop); });
}

Scratch::~Scratch() {
  waiting_.request_stop();
  waiting_.join();
  remove_all_of(path_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);  // one that came meanwhile ends us now
}

// Removes the directory and lets the signal do what it does without us.
void Scratch::wait_for_signals(const std::stop_token& stop) const {
  constexpr ::timespec kTick{.tv_sec = 0, .tv_nsec = 20'000'000};
  while (!stop.stop_requested()) {
    const int signal = sigtimedwait(&awaited_, nullptr, &kTick);
    if (signal < 0) continue;
    remove_all_of(path_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    raise(signal);
  }
}

}  // namespace kv
