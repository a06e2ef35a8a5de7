#include "v4_replicated_kv/configuration/secret_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.hpp"

namespace kv {

namespace {

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

std::unexpected<Error> refuse(const std::string& path, Errc code, std::string_view why) {
  return fail(code, fmt::format("cluster.secret_file: {}: {}", printable(path), why));
}

// Mode and kind are those of the very file that is read, whatever its name means
// meanwhile.
Result<void> check(int descriptor, const std::string& path) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) {
    return refuse(path, Errc::io, std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) return refuse(path, Errc::bad_input, "is not a file");
  if ((status.st_mode & kOthers) == 0) return {};
  return refuse(path, Errc::bad_input,
                fmt::format("has mode {:o}, so others get at it; chmod 600 it",
                            status.st_mode & 0777U));
}

Result<std::string> read_all(int descriptor, const std::string& path) {
  std::string bytes(kSecretBytesMax + 2, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto more = ::read(descriptor, &bytes.at(size), bytes.size() - size);
    if (more < 0 && errno == EINTR) continue;
    if (more < 0) return refuse(path, Errc::io, std::strerror(errno));
    if (more == 0) break;
    size += static_cast<std::size_t>(more);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

Result<std::string> read_secret(const std::string& path) {
  // Not blocking, as a pipe in its place would.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    return refuse(path, errno == ENOENT ? Errc::not_found : Errc::io,
                  std::strerror(errno));
  }
  Result<std::string> secret;
  const auto checked = check(descriptor, path);
  secret = checked ? read_all(descriptor, path) : std::unexpected(checked.error());
  ::close(descriptor);
  if (!secret) return secret;
  if (secret->ends_with('\n')) secret->pop_back();
  if (secret->size() >= kSecretBytesMin && secret->size() <= kSecretBytesMax)
    return secret;
  return refuse(
      path, Errc::bad_input,
      fmt::format("a secret has {} to {} bytes", kSecretBytesMin, kSecretBytesMax));
}

}  // namespace kv
