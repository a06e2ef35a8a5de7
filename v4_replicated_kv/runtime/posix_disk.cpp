#include "v4_replicated_kv/runtime/posix_disk.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace kv {

namespace {

constexpr const char* kLockName = "LOCK";

// What the system call said, in a sentence about the file.
std::unexpected<Error> system_error(const char* what, const std::string& path) {
  const int reason = errno;
  const bool full = reason == ENOSPC || reason == EDQUOT;
  Errc code = full ? Errc::disk_full : Errc::io;
  if (reason == ENOENT) code = Errc::not_found;
  return fail(code, fmt::format("{}: {} failed: {}", path, what, std::strerror(reason)));
}

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  // What close() reports was reported by the sync before, or was not asked for.
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::pwrite(descriptor_.number(), bytes.data(), bytes.size(),
                                     static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_error("write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  Result<void> read(std::uint64_t offset, std::size_t count,
                    std::string& out) const override {
    const auto length = size();
    if (!length) return std::unexpected(length.error());
    const std::uint64_t there = *length > offset ? *length - offset : 0;
    const std::size_t begin = out.size();
    std::size_t wanted = std::min<std::uint64_t>(count, there);
    out.resize(begin + wanted);
    std::size_t at = begin;
    while (wanted > 0) {
      const ssize_t got = ::pread(descriptor_.number(), out.data() + at, wanted,
                                  static_cast<off_t>(offset + (at - begin)));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error("read", path_);
      if (got == 0) break;  // cut short meanwhile
      at += static_cast<std::size_t>(got);
      wanted -= static_cast<std::size_t>(got);
    }
    out.resize(at);
    return {};
  }

  Result<void> sync() override {
    if (::fdatasync(descriptor_.number()) != 0) return system_error("sync", path_);
    return {};
  }

  Result<void> resize(std::uint64_t size) override {
    if (::ftruncate(descriptor_.number(), static_cast<off_t>(size)) != 0) {
      return system_error("resize", path_);
    }
    return {};
  }

  Result<std::uint64_t> size() const override {
    struct stat status{};
    if (::fstat(descriptor_.number(), &status) != 0) return system_error("stat", path_);
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  Descriptor descriptor_;
  std::string path_;
};

enum class Access { write, read_only };

class PosixDisk final : public Disk {
 public:
  PosixDisk(Descriptor directory, Descriptor lock, std::string path, Access access)
      : directory_(std::move(directory)),
        lock_(std::move(lock)),
        path_(std::move(path)),
        access_(access) {}

  Result<std::unique_ptr<File>> create(const std::string& name) override {
    if (auto allowed = may_write(name); !allowed) return std::unexpected(allowed.error());
    return open_with(name, O_RDWR | O_CREAT | O_TRUNC, "create");
  }

  Result<std::unique_ptr<File>> open(const std::string& name) override {
    return open_with(name, access_ == Access::write ? O_RDWR : O_RDONLY, "open");
  }

  Result<std::vector<std::string>> list() const override {
    const int copy =
        ::openat(directory_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* const stream = copy < 0 ? nullptr : ::fdopendir(copy);
    if (stream == nullptr) return system_error("list", path_);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* const entry = ::readdir(stream)) {
      const std::string name = entry->d_name;
      if (name != "." && name != ".." && name != kLockName) names.push_back(name);
    }
    const int reason = errno;
    ::closedir(stream);
    errno = reason;
    if (reason != 0) return system_error("list", path_);
    std::ranges::sort(names);
    return names;
  }

  Result<void> rename(const std::string& from, const std::string& to) override {
    if (auto allowed = may_write(from); !allowed) return allowed;
    const int directory = directory_.number();
    if (::renameat(directory, from.c_str(), directory, to.c_str()) != 0) {
      return system_error(fmt::format("rename to {}", to).c_str(), path_of(from));
    }
    return {};
  }

  Result<void> remove(const std::string& name) override {
    if (auto allowed = may_write(name); !allowed) return allowed;
    if (::unlinkat(directory_.number(), name.c_str(), 0) != 0) {
      return system_error("remove", path_of(name));
    }
    return {};
  }

  Result<void> sync_names() override {
    if (::fsync(directory_.number()) != 0) return system_error("sync", path_);
    return {};
  }

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const {
    return path_ + "/" + name;
  }

  [[nodiscard]] Result<void> may_write(const std::string& name) const {
    if (access_ == Access::write) return {};
    return fail(Errc::io, fmt::format("{}: was opened to be read only", path_of(name)));
  }

  Result<std::unique_ptr<File>> open_with(const std::string& name, int flags,
                                          const char* what) {
    Descriptor file(::openat(directory_.number(), name.c_str(),
                             flags | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.number() < 0) return system_error(what, path_of(name));
    return std::make_unique<PosixFile>(std::move(file), path_of(name));
  }

  Descriptor directory_;
  Descriptor lock_;  // holds the lock for as long as it is open
  std::string path_;
  Access access_;
};

// A name is durable once its directory is.
Result<void> make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return system_error("make the directory", path);
  }
  const std::size_t slash = path.find_last_not_of('/');
  const std::size_t end = path.rfind('/', slash);
  const std::string parent = end == std::string::npos ? "." : path.substr(0, end + 1);
  const Descriptor above(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (above.number() < 0 || ::fsync(above.number()) != 0) {
    return system_error("sync", parent);
  }
  return {};
}

Result<Descriptor> open_directory(const std::string& path) {
  Descriptor directory(
      ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (directory.number() < 0) return system_error("open the directory", path);
  return directory;
}

Result<void> refuse_if_open_to_others(const Descriptor& directory,
                                      const std::string& path) {
  struct stat status{};
  if (::fstat(directory.number(), &status) != 0) return system_error("stat", path);
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return fail(Errc::io, fmt::format("{}: other users may write to it: chmod go-w it, or "
                                    "choose another directory",
                                    path));
}

Result<Descriptor> lock_directory(const Descriptor& directory, const std::string& path) {
  Descriptor lock(::openat(directory.number(), kLockName,
                           O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.number() < 0) return system_error("open the lock", path);
  if (::flock(lock.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return system_error("lock", path);
    return fail(Errc::locked,
                fmt::format("{}: another store has this directory open: end "
                            "it, or choose another directory",
                            path));
  }
  return lock;
}

}  // namespace

Result<std::unique_ptr<Disk>> open_posix_disk(const std::string& directory) {
  if (auto made = make_directory(directory); !made) return std::unexpected(made.error());
  auto opened = open_directory(directory);
  if (!opened) return std::unexpected(opened.error());
  if (auto refused = refuse_if_open_to_others(*opened, directory); !refused) {
    return std::unexpected(refused.error());
  }
  auto lock = lock_directory(*opened, directory);
  if (!lock) return std::unexpected(lock.error());
  return std::make_unique<PosixDisk>(std::move(*opened), std::move(*lock), directory,
                                     Access::write);
}

Result<std::unique_ptr<Disk>> open_posix_disk_to_read(const std::string& directory) {
  auto opened = open_directory(directory);
  if (!opened) return std::unexpected(opened.error());
  return std::make_unique<PosixDisk>(std::move(*opened), Descriptor(-1), directory,
                                     Access::read_only);
}

}  // namespace kv
