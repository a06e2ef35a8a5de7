#include "v4_replicated_kv/runtime/posix_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/runtime/descriptor.hpp"
#include "v4_replicated_kv/runtime/posix_file.hpp"

namespace kv {

namespace {

// O_NONBLOCK: to open a pipe that somebody put there must not wait for its other end.
constexpr int kSafely = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
constexpr mode_t kDirectoryMode = 0700;
constexpr mode_t kFileMode = 0600;

struct CloseDirectory {
  void operator()(DIR* stream) const { static_cast<void>(::closedir(stream)); }
};

Result<Descriptor> open_regular(int directory, const std::string& name,
                                const std::string& path, int flags) {
  Descriptor file(::openat(directory, name.c_str(), flags | kSafely, kFileMode));
  if (!file.is_open()) return failed_to("open", path, errno);
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return failed_to("look at", path, errno);
  if (!S_ISREG(status.st_mode)) {
    return fail(Errc::io, fmt::format("cannot open {}: it is no regular file; move away "
                                      "what is in its place",
                                      printable(path)));
  }
  return file;
}

class PosixDisk : public Disk {
 public:
  PosixDisk(Descriptor directory, Descriptor lock, std::string path, Access access)
      : directory_(std::move(directory)),
        lock_(std::move(lock)),
        path_(std::move(path)),
        access_(access) {}

  [[nodiscard]] Result<std::unique_ptr<File>> create(const std::string& name) override {
    if (const auto may = check_change(name); !may) return std::unexpected(may.error());
    // Not O_TRUNC: whoever has the old file open keeps its bytes.
    if (::unlinkat(directory_.number(), name.c_str(), 0) != 0 && errno != ENOENT) {
      return failed_to("replace", path_of(name), errno);
    }
    return opened(name, O_RDWR | O_CREAT | O_EXCL);
  }

  [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& name) override {
    if (const auto fine = check_file_name(name); !fine)
      return std::unexpected(fine.error());
    return opened(name, access_ == Access::read_only ? O_RDONLY : O_RDWR);
  }

  [[nodiscard]] Result<std::vector<std::string>> list() const override {
    // A description of its own, as its position is what is read.
    const int directory = ::openat(directory_.number(), ".", O_RDONLY | O_CLOEXEC);
    if (directory < 0) return failed_to("list", path_, errno);
    const std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(directory));
    if (stream == nullptr) {
      const Descriptor unused(directory);
      return failed_to("list", path_, errno);
    }
    std::vector<std::string> names;
    for (;;) {
      errno = 0;
      const dirent* const entry = ::readdir(stream.get());
      if (entry == nullptr) break;
      if (is_file(*entry)) names.emplace_back(entry->d_name);
    }
    if (errno != 0) return failed_to("list", path_, errno);
    std::ranges::sort(names);
    return names;
  }

  [[nodiscard]] Result<void> rename(const std::string& from,
                                    const std::string& to) override {
    if (const auto may = check_change(from); !may) return may;
    if (const auto fine = check_file_name(to); !fine) return fine;
    const int directory = directory_.number();
    if (::renameat(directory, from.c_str(), directory, to.c_str()) == 0) return {};
    return failed_to(fmt::format("rename to {}", to), path_of(from), errno);
  }

  [[nodiscard]] Result<void> remove(const std::string& name) override {
    if (const auto may = check_change(name); !may) return may;
    if (::unlinkat(directory_.number(), name.c_str(), 0) == 0) return {};
    return failed_to("remove", path_of(name), errno);
  }

  [[nodiscard]] Result<void> sync_names() override {
    if (access_ == Access::read_only) return opened_to_read(path_);
    if (::fsync(directory_.number()) == 0) return {};
    return fail(Errc::io, failed_to("sync the names in", path_, errno).error().detail);
  }

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const {
    return path_ + "/" + name;
  }

  [[nodiscard]] Result<void> check_change(const std::string& name) const {
    if (access_ == Access::read_only) return opened_to_read(path_of(name));
    return check_file_name(name);
  }

  [[nodiscard]] Result<std::unique_ptr<File>> opened(const std::string& name, int flags) {
    auto file = open_regular(directory_.number(), name, path_of(name), flags);
    if (!file) return std::unexpected(file.error());
    return std::make_unique<PosixFile>(std::move(*file), path_of(name), access_);
  }

  // Others have nothing to do with the store: folders such as lost+found, links, LOCK.
  [[nodiscard]] bool is_file(const dirent& entry) const {
    if (!is_file_name(static_cast<const char*>(entry.d_name))) return false;
    if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_REG;
    struct stat status{};
    return ::fstatat(directory_.number(), static_cast<const char*>(entry.d_name), &status,
                     AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(status.st_mode);
  }

  Descriptor directory_;
  Descriptor lock_;
  std::string path_;
  Access access_;
};

// A slash at the end would follow a link.
std::string without_slashes_at_end(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return without_slashes_at_end(path.substr(0, slash + 1));
}

// Makes durable that the directory is there. One that this process did not make may be in a
// place that cannot be synced, and then somebody else saw to it; a failing disk is told.
Result<void> sync_parent(const std::string& path, bool made) {
  const std::string parent = parent_of(path);
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.is_open() && ::fsync(directory.number()) == 0) return {};
  if (!made && errno != EIO) return {};
  return fail(Errc::io, failed_to("sync the names in", parent, errno).error().detail);
}

Result<Descriptor> open_directory(const std::string& path) {
  Descriptor directory(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (directory.is_open()) return directory;
  const int errno_value = errno;
  struct stat status{};
  if (::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode)) {
    return fail(Errc::io, fmt::format("cannot use {}: it is a symbolic link; name the "
                                      "directory that it points to",
                                      printable(path)));
  }
  return failed_to("use the directory", path, errno_value);
}

Result<void> check_owner_only(const Descriptor& directory, const std::string& path) {
  struct stat status{};
  if (::fstat(directory.number(), &status) != 0) {
    return failed_to("look at", path, errno);
  }
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return fail(Errc::io,
              fmt::format("cannot use {}: others may write in it (mode {:04o}); "
                          "take that away with chmod go-w",
                          printable(path), status.st_mode & 07777));
}

Result<Descriptor> lock_directory(const Descriptor& directory, const std::string& path) {
  auto lock = open_regular(directory.number(), "LOCK", path + "/LOCK", O_RDWR | O_CREAT);
  if (!lock) return lock;
  // Belongs to this opening of the file, so that the process excludes itself as well; the
  // kernel gives it back when the process ends, however that happens.
  if (::flock(lock->number(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return failed_to("lock", path + "/LOCK", errno);
  return fail(Errc::locked,
              fmt::format("cannot use {}: another process has it; stop that "
                          "one, or give this one a directory of its own",
                          printable(path)));
}

}  // namespace

Result<std::unique_ptr<Disk>> open_posix_disk(const std::string& given_path) {
  const std::string path = without_slashes_at_end(given_path);
  const bool made = ::mkdir(path.c_str(), kDirectoryMode) == 0;
  if (!made && errno != EEXIST) return failed_to("make the directory", path, errno);
  auto directory = open_directory(path);
  if (!directory) return std::unexpected(directory.error());
  if (const auto safe = check_owner_only(*directory, path); !safe) {
    return std::unexpected(safe.error());
  }
  if (const auto synced = sync_parent(path, made); !synced) {
    return std::unexpected(synced.error());
  }
  auto lock = lock_directory(*directory, path);
  if (!lock) return std::unexpected(lock.error());
  return std::make_unique<PosixDisk>(std::move(*directory), std::move(*lock), path,
                                     Access::read_and_write);
}

Result<std::unique_ptr<Disk>> open_posix_disk_to_read(const std::string& given_path) {
  const std::string path = without_slashes_at_end(given_path);
  auto directory = open_directory(path);
  if (!directory) return std::unexpected(directory.error());
  return std::make_unique<PosixDisk>(std::move(*directory), Descriptor(), path,
                                     Access::read_only);
}

}  // namespace kv
