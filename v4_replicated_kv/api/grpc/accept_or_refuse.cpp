#include "v4_replicated_kv/api/grpc/accept_or_refuse.hpp"

#include <cerrno>
#include <mutex>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kv::rpc {

namespace {

int system_accept4(int listener, sockaddr* peer, socklen_t* peer_bytes, int flags) {
  return static_cast<int>(::syscall(SYS_accept4, listener, peer, peer_bytes, flags));
}

// The descriptor that is kept.
class Kept {
 public:
  void keep() {
    const std::scoped_lock lock(mutex_);
    if (number_ < 0) number_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  }

  // Closes the connection that waits longest. False where somebody else was faster to take
  // the descriptor, or nobody waits any more.
  bool refuse_one(int listener) {
    const std::scoped_lock lock(mutex_);
    if (number_ >= 0) ::close(std::exchange(number_, -1));
    const int refused = system_accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (refused >= 0) ::close(refused);
    number_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    return refused >= 0;
  }

 private:
  std::mutex mutex_;
  int number_ = -1;
};

Kept& kept() {
  static Kept one;
  return one;
}

}  // namespace

void refuse_without_descriptors() {
  kept().keep();
}

}  // namespace kv::rpc

// In place of the system's, for the libraries of this program as well. Never says that there
// are no descriptors: then nobody waits, as far as its caller is to know.
extern "C" int accept4(int listener, sockaddr* peer, socklen_t* peer_bytes, int flags) {
  using namespace kv::rpc;
  for (;;) {
    const int connection = system_accept4(listener, peer, peer_bytes, flags);
    const bool has_none = connection < 0 && (errno == EMFILE || errno == ENFILE);
    if (!has_none) return connection;
    if (!kept().refuse_one(listener)) {
      errno = EAGAIN;
      return -1;
    }
  }
}
