// What only the real disk does: modes, links, locks between processes, reading without
// one.
#include "v4_replicated_kv/runtime/posix_disk.hpp"

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/storage/another_process.hpp"
#include "tests/storage/disks.hpp"
#include "tests/storage/temporary_directory.hpp"

using namespace kv;
using namespace kv::test;
namespace fs = std::filesystem;

namespace {

mode_t mode_of(const std::string& path) {
  struct stat status{};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("the directory and its files are the owner's only") {
  const TemporaryDirectory place;
  const std::string path = place.path() + "/data";
  const mode_t before = ::umask(0);
  store(*value(open_posix_disk(path + "//")), "log", "bytes");
  ::umask(before);
  CHECK(mode_of(path) == 0700);
  CHECK(mode_of(path + "/log") == 0600);
  CHECK(mode_of(path + "/LOCK") == 0600);
}

TEST_CASE("a directory in which others may write is refused, with what to do") {
  const TemporaryDirectory place;
  for (const mode_t mode : {0770U, 0702U, 01777U}) {
    REQUIRE(::chmod(place.path().c_str(), mode) == 0);
    fails(open_posix_disk(place.path()), Errc::io, "chmod go-w");
    fails(open_posix_disk(place.path()), Errc::io, place.path());
    CHECK(!fs::exists(place.path() + "/LOCK"));
  }
  REQUIRE(::chmod(place.path().c_str(), 0755) == 0);
  value(open_posix_disk(place.path()));
}

TEST_CASE("nothing is reached through a symbolic link") {
  const TemporaryDirectory place;
  const std::string data = place.path() + "/data";
  const std::string link = place.path() + "/link";
  const std::string victim = place.path() + "/victim";
  std::ofstream(victim) << "mine";
  fs::create_directory_symlink(data, link);
  fails(open_posix_disk(link), Errc::io, "symbolic link");  // to nowhere
  value(open_posix_disk(data));
  fails(open_posix_disk(link), Errc::io, "symbolic link");
  fails(open_posix_disk(link + "/"), Errc::io, "symbolic link");
  fails(open_posix_disk_to_read(link), Errc::io, "symbolic link");

  fs::create_symlink(victim, data + "/log");
  {
    const auto disk = value(open_posix_disk(data));
    CHECK(value(disk->list()).empty());
    fails(disk->open("log"), Errc::io, "what it points to");
    ok(value(disk->create("log"))->write(0, "ours"));  // instead of the link
  }
  fs::remove(data + "/LOCK");
  fs::create_symlink(victim, data + "/LOCK");
  fails(open_posix_disk(data), Errc::io, "LOCK");
  std::string bytes;
  std::ifstream(victim) >> bytes;
  CHECK(bytes == "mine");
}

TEST_CASE("what is no file is neither listed nor opened, and nobody waits for a pipe") {
  const TemporaryDirectory place;
  const auto disk = value(open_posix_disk(place.path()));
  fs::create_directory(place.path() + "/folder");
  REQUIRE(::mkfifo((place.path() + "/pipe").c_str(), 0600) == 0);
  std::ofstream(place.path() + "/notes~") << "somebody's";
  store(*disk, "log", "bytes");
  CHECK(value(disk->list()) == std::vector<std::string>{"log"});
  fails(disk->open("folder"), Errc::io, "move away");
  fails(disk->open("pipe"), Errc::io, "no regular file");
  fails(value(open_posix_disk_to_read(place.path()))->open("pipe"), Errc::io,
        "no regular file");
  fails(disk->create("folder"), Errc::io, "cannot replace");
  fails(disk->remove("folder"), Errc::io, "cannot remove");
  fails(disk->rename("log", "folder"), Errc::io, "cannot rename to folder");
  CHECK(all_of(*disk, "log") == "bytes");
}

TEST_CASE("a directory that cannot be had says why") {
  const TemporaryDirectory place;
  const std::string file = place.path() + "/file";
  std::ofstream(file) << "x";
  fails(open_posix_disk(""), Errc::not_found, "\"\"");
  fails(open_posix_disk(place.path() + "/no/data"), Errc::not_found,
        "make the directory");
  fails(open_posix_disk(file), Errc::io, "move away");
  fails(open_posix_disk(file + "/data"), Errc::io, "make the directory");
  fails(open_posix_disk_to_read(place.path() + "/no"), Errc::not_found, "check the path");
}

TEST_CASE(
    "a directory can be named as seen from the current one, or be the root of all") {
  const TemporaryDirectory place;
  const int status = in_another_process([&] {
    if (::chdir(place.path().c_str()) != 0) return 1;
    if (!open_posix_disk("data")) return 2;
    if (!open_posix_disk("./data/")) return 3;
    if (!open_posix_disk(".")) return 4;
    return open_posix_disk_to_read("/").has_value() ? 0 : 5;
  });
  CHECK(status == 0);
  CHECK(fs::exists(place.path() + "/data/LOCK"));
}

TEST_CASE("another process is refused until the one that has the directory is gone") {
  const TemporaryDirectory place;
  const auto try_it = [&] {
    const auto disk = open_posix_disk(place.path());
    if (disk) return 0;
    const bool named = disk.error().detail.find(place.path()) != std::string::npos;
    return disk.error().code == Errc::locked && named ? 1 : 2;
  };
  {
    const auto disk = value(open_posix_disk(place.path()));
    CHECK(in_another_process(try_it) == 1);
  }
  CHECK(in_another_process(try_it) == 0);

  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto disk = open_posix_disk(place.path());
    static_cast<void>(::write(ends[1], disk ? "y" : "n", 1));
    for (;;) ::pause();
  }
  char has_it = 'n';
  REQUIRE(::read(ends[0], &has_it, 1) == 1);
  CHECK(has_it == 'y');
  fails(open_posix_disk(place.path()), Errc::locked, "another process");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  value(open_posix_disk(place.path()));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("a disk opened to be read needs no lock and changes nothing") {
  const TemporaryDirectory place;
  const auto disk = value(open_posix_disk(place.path()));
  store(*disk, "log", "bytes");
  const auto reader = value(open_posix_disk_to_read(place.path()));
  const auto file = value(reader->open("log"));
  CHECK(all_of(*file) == "bytes");
  CHECK(value(file->size()) == 5);
  CHECK(value(reader->list()) == std::vector<std::string>{"log"});
  fails(reader->open("none"), Errc::not_found, "none");
  fails(reader->open("../log"), Errc::bad_usage, "cannot be the name");
  fails(reader->create("new"), Errc::bad_usage, "read only");
  fails(reader->rename("log", "new"), Errc::bad_usage, "read only");
  fails(reader->remove("log"), Errc::bad_usage, "read only");
  fails(reader->sync_names(), Errc::bad_usage, "read only");
  fails(file->write(0, "x"), Errc::bad_usage, "read only");
  fails(file->resize(0), Errc::bad_usage, "read only");
  fails(file->sync(), Errc::bad_usage, "read only");
  CHECK(all_of(*disk, "log") == "bytes");
}
