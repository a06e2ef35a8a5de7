#include "v4_replicated_kv/runtime/posix_file.hpp"

#include <algorithm>
#include <cerrno>
#include <limits>

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/base/text.hpp"

namespace kv {

namespace {

constexpr std::uint64_t kOffsetMax = std::numeric_limits<off_t>::max();

}  // namespace

std::unexpected<Error> opened_to_read(const std::string& path) {
  return fail(
      Errc::bad_usage,
      fmt::format("cannot change {}: it was opened to be read only", printable(path)));
}

Result<void> PosixFile::write(std::uint64_t offset, std::string_view bytes) {
  if (access_ == Access::read_only) return opened_to_read(path_);
  while (!bytes.empty()) {
    if (offset > kOffsetMax) return failed_to("write", path_, EFBIG);
    const ssize_t written =
        ::pwrite(file_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed_to("write", path_, errno);
    // Fewer than asked for is no error yet: the next attempt says what stands in the way.
    offset += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> PosixFile::read(std::uint64_t offset, std::size_t count,
                             std::string& out) const {
  // Memory grows with what was read, not with what was asked for.
  constexpr std::size_t kStepMax = std::size_t{1} << 20;
  const std::size_t before = out.size();
  while (count > 0 && offset <= kOffsetMax) {
    const std::size_t held = out.size();
    const std::size_t step = std::min(count, kStepMax);
    out.resize(held + step);
    const ssize_t got =
        ::pread(file_.number(), out.data() + held, step, static_cast<off_t>(offset));
    const int errno_value = errno;
    out.resize(held + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno_value == EINTR) continue;
    if (got < 0) {
      out.resize(before);
      return failed_to("read", path_, errno_value);
    }
    if (got == 0) break;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
  return {};
}

Result<void> PosixFile::sync() {
  if (access_ == Access::read_only) return opened_to_read(path_);
  // Never asked twice, not even after EINTR: the kernel may have forgotten what it failed
  // to write, and the second answer would be a lie.
  if (::fdatasync(file_.number()) == 0) return {};
  return fail(Errc::io, failed_to("sync", path_, errno).error().detail);
}

Result<void> PosixFile::resize(std::uint64_t size) {
  if (access_ == Access::read_only) return opened_to_read(path_);
  if (size > kOffsetMax) return failed_to("resize", path_, EFBIG);
  int done = -1;
  do {
    done = ::ftruncate(file_.number(), static_cast<off_t>(size));
  } while (done != 0 && errno == EINTR);
  if (done != 0) return failed_to("resize", path_, errno);
  return {};
}

Result<std::uint64_t> PosixFile::size() const {
  struct stat status{};
  if (::fstat(file_.number(), &status) != 0) return failed_to("look at", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace kv
