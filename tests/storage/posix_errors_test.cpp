// What the real disk says when the operating system refuses: full, too large, too many,
// not allowed, broken.
#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <string>

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/storage/another_process.hpp"
#include "tests/storage/disks.hpp"
#include "tests/storage/temporary_directory.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"
#include "v4_replicated_kv/runtime/store.hpp"

using namespace kv;
using namespace kv::test;
namespace fs = std::filesystem;

namespace {

// Sets a limit of this process for as long as it lives.
class Limit {
 public:
  Limit(int what, rlim_t value) : what_(what) {
    REQUIRE(::getrlimit(resource(), &before_) == 0);
    const rlimit now{.rlim_cur = value, .rlim_max = before_.rlim_max};
    REQUIRE(::setrlimit(resource(), &now) == 0);
  }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;
  ~Limit() { ::setrlimit(resource(), &before_); }

 private:
  [[nodiscard]] __rlimit_resource resource() const {
    return static_cast<__rlimit_resource>(what_);
  }
  int what_;
  rlimit before_{};
};

// The descriptor by which this process has `path` open last.
int descriptor_of(const std::string& path) {
  int found = -1;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (fs::read_symlink(entry.path(), gone) == fs::canonical(path)) {
      found = std::max(found, std::stoi(entry.path().filename()));
    }
  }
  REQUIRE(found >= 0);
  return found;
}

// Puts the end of a pipe where `path` was open: all calls on it fail that a pipe refuses.
void break_descriptor_of(const std::string& path) {
  const int broken = descriptor_of(path);
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  REQUIRE(::dup2(ends[1], broken) == broken);
  ::close(ends[0]);
  ::close(ends[1]);
}

// A small file system in memory that only this process sees, if it may have one.
bool mount_memory(const std::string& path, const char* options) {
  const bool mounted =
      ::unshare(CLONE_NEWNS) == 0 &&
      ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
      ::mount("none", path.c_str(), "tmpfs", 0, options) == 0;
  if (!mounted) MESSAGE("skipped: only root may mount a file system");
  return mounted;
}

}  // namespace

TEST_CASE("a full file system is told from a broken one, and takes bytes again") {
  const TemporaryDirectory place;
  if (!mount_memory(place.path(), "size=1m,mode=0700")) return;
  {
    const auto disk = value(open_posix_disk(place.path()));
    const auto file = value(disk->create("log"));
    const std::string bytes(std::size_t{3} << 20, 'x');
    fails(file->write(0, bytes), Errc::disk_full, "make room");
    fails(file->write(0, bytes), Errc::disk_full, place.path() + "/log");
    CHECK(value(file->size()) <= std::size_t{1} << 20);
    CHECK(!all_of(*file).empty());
    ok(file->resize(0));
    ok(file->write(0, "there is room again"));
    store(*disk, "other", "bytes");
  }
  {
    store(*value(open_posix_disk(place.path())), "log", "bytes");
    REQUIRE(::mount("none", place.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "") ==
            0);
    fails(open_posix_disk(place.path()), Errc::io, "for writing");
    fails(open_posix_disk(place.path() + "/new"), Errc::io, "Read-only file system");
    CHECK(all_of(*value(open_posix_disk_to_read(place.path())), "log") == "bytes");
  }
  CHECK(::umount(place.path().c_str()) == 0);
}

TEST_CASE("a file system without room for another file is full") {
  const TemporaryDirectory place;
  if (!mount_memory(place.path(), "size=1m,mode=0700,nr_inodes=3")) return;
  {
    const auto disk = value(open_posix_disk(place.path()));  // the root and LOCK
    store(*disk, "log", "");
    fails(disk->create("other"), Errc::disk_full, "other");
    ok(disk->remove("log"));
    value(disk->create("other"));
  }
  CHECK(::umount(place.path().c_str()) == 0);
}

TEST_CASE("a write over the limit of a file's size is short first, then fails") {
  const TemporaryDirectory place;
  const auto disk = value(open_posix_disk(place.path()));
  const auto file = value(disk->create("log"));
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  {
    const Limit limit(RLIMIT_FSIZE, 1000);
    fails(file->write(0, std::string(1500, 'x')), Errc::io, "ulimit -f");
    fails(file->resize(1500), Errc::io, "ulimit -f");
  }
  std::signal(SIGXFSZ, handler);
  CHECK(all_of(*file) == std::string(1000, 'x'));
  fails(file->write(~std::uint64_t{0}, "x"), Errc::io, "cannot write");
  fails(file->write(~std::uint64_t{0} >> 1, "x"), Errc::io, "cannot write");
  fails(file->resize(~std::uint64_t{0}), Errc::io, "cannot resize");
}

TEST_CASE("without a descriptor left, nothing is opened and all else goes on") {
  const TemporaryDirectory place;
  const std::string path = place.path() + "/data";
  const auto disk = value(open_posix_disk(path));
  store(*disk, "log", "bytes");
  const auto file = value(disk->open("log"));
  {
    const int next = ::dup(0);
    ::close(next);
    const Limit limit(RLIMIT_NOFILE, static_cast<rlim_t>(next));
    fails(disk->open("log"), Errc::out_of_memory, "ulimit -n");
    fails(disk->list(), Errc::out_of_memory, "ulimit -n");
    fails(open_posix_disk(path), Errc::out_of_memory, "ulimit -n");
    fails(open_posix_disk(place.path() + "/other"), Errc::out_of_memory, "ulimit -n");
    ok(file->write(5, "!"));
    ok(file->sync());
  }
  {
    const int next = ::dup(0);
    ::close(next);
    // Enough for the directory, neither for its parent nor for its lock.
    const Limit limit(RLIMIT_NOFILE, static_cast<rlim_t>(next) + 1);
    fails(open_posix_disk(path), Errc::out_of_memory, "LOCK");
    fails(open_posix_disk(place.path() + "/third"), Errc::io, "sync the names in");
  }
  CHECK(all_of(*disk, "log") == "bytes!");
}

TEST_CASE("a store that finds no descriptor refuses writes until there is one again") {
  const TemporaryDirectory place;
  const std::string path = place.path() + "/data";
  const StoreOptions options{.cache_bytes = 0, .segment_bytes = 4096, .partitions = 8};
  {
    const auto store = value(Store::open(path, options));
    ok(store->put("first", "1"));
    Result<void> put;
    {
      const int next = ::dup(0);
      ::close(next);
      const Limit limit(RLIMIT_NOFILE, static_cast<rlim_t>(next));
      for (int i = 0; put && i < 100; ++i)
        put = store->put("more", std::string(700, 'm'));
      fails(put, Errc::out_of_memory, "ulimit -n");
      CHECK(value(store->get("first")) == "1");
      fails(Store::open(place.path() + "/other", options), Errc::out_of_memory, "ulimit");
    }
    ok(store->put("more", "at last"));
    CHECK(value(store->scrub()).empty());
    ok(store->close());
  }
  const auto store = value(Store::open(path, options));
  CHECK(value(store->get("first")) == "1");
  CHECK(value(store->get("more")) == "at last");
}

TEST_CASE("whoever may not use a directory is told to look at its mode") {
  if (::geteuid() != 0) {
    MESSAGE("skipped: only root can become somebody else");
    return;
  }
  const TemporaryDirectory place;  // mode 0700, root's
  REQUIRE(::chmod(place.path().c_str(), 0755) == 0);
  value(open_posix_disk(place.path() + "/data"));
  const int status = in_another_process([&] {
    if (::setuid(65534) != 0) return 1;
    const auto existing = open_posix_disk(place.path() + "/data");
    const auto made = open_posix_disk(place.path() + "/new");
    if (existing || made) return 2;
    const bool says = existing.error().detail.contains("its mode") &&
                      made.error().detail.contains("its mode");
    return says && existing.error().code == Errc::io ? 0 : 3;
  });
  CHECK(status == 0);
}

TEST_CASE("every call that the kernel refuses becomes a sentence") {
  const TemporaryDirectory place;
  const auto disk = value(open_posix_disk(place.path()));
  store(*disk, "log", "bytes");
  const auto file = value(disk->open("log"));
  break_descriptor_of(place.path() + "/log");
  std::string out = "kept";
  fails(file->write(0, "x"), Errc::io, "cannot write " + place.path() + "/log");
  fails(file->read(0, 5, out), Errc::io, "cannot read");
  CHECK(out == "kept");
  fails(file->sync(), Errc::io, "cannot sync");
  fails(file->resize(0), Errc::io, "cannot resize");

  break_descriptor_of(place.path());
  fails(disk->sync_names(), Errc::io, "cannot sync the names in");
  fails(disk->list(), Errc::io, "cannot list");
  fails(disk->open("log"), Errc::io, "cannot open");
  fails(disk->create("log"), Errc::io, "cannot replace");
  fails(disk->remove("log"), Errc::io, "cannot remove");
  fails(disk->rename("log", "a"), Errc::io, "cannot rename");
}

TEST_CASE("a file whose descriptor is gone has no size") {
  const TemporaryDirectory place;
  const int status = in_another_process([&] {  // as its descriptor is closed twice
    const auto disk = open_posix_disk(place.path());
    const auto file = (*disk)->create("log");
    ::close(descriptor_of(place.path() + "/log"));
    const auto size = (*file)->size();
    return !size && size.error().detail.contains("cannot look at") ? 0 : 1;
  });
  CHECK(status == 0);
}
