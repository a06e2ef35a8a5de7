#include "v4_replicated_kv/runtime/descriptor.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "common/base/text.hpp"

namespace kv {

namespace {

Errc code_of(int errno_value) {
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
      return Errc::disk_full;
    case ENOENT:
      return Errc::not_found;
    case EMFILE:
    case ENFILE:
      return Errc::out_of_memory;  // the disk is fine, and the file as it was
    default:
      return Errc::io;
  }
}

const char* remedy_for(int errno_value) {
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT:
      return "make room there";
    case ENOENT:
      return "check the path";
    case EACCES:
    case EPERM:
      return "check who owns it, and its mode";
    case ELOOP:
      return "put what it points to in its place";
    case ENOTDIR:
    case EISDIR:
      return "move away what is in its place";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files (ulimit -n)";
    case EFBIG:
      return "raise the limit of a file's size (ulimit -f)";
    case EROFS:
      return "look in the kernel's log why, and mount it for writing";
    default:
      return "look in the kernel's log, the disk may be failing";
  }
}

}  // namespace

Descriptor::~Descriptor() {
  // What close() says is too late to matter: what had to be durable was synced.
  if (is_open()) static_cast<void>(::close(number_));
}

std::unexpected<Error> failed_to(std::string_view doing, const std::string& path,
                                 int errno_value) {
  return fail(
      code_of(errno_value),
      fmt::format("cannot {} {}: {}; {}", doing, printable(path),
                  std::generic_category().message(errno_value), remedy_for(errno_value)));
}

}  // namespace kv
