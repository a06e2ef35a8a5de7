#include "v4_replicated_kv/bench/connection.hpp"

#include <cerrno>
#include <system_error>

#include <sys/socket.h>

namespace kv::bench {

namespace {

std::unexpected<Error> lost(int error) {
  return fail(Errc::io, std::generic_category().message(error));
}

}  // namespace

Result<void> Connection::send_some() {
  while (sent < out.size()) {
    const ssize_t taken =
        ::send(socket.number(), out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0 && errno != EAGAIN) return lost(errno);
    waits_for_room = taken < 0;
    if (waits_for_room) return {};
    sent += static_cast<std::size_t>(taken);
  }
  waits_for_room = false;
  out.clear();
  sent = 0;
  return {};
}

Result<std::string_view> Connection::receive(std::span<char> buffer) const {
  for (;;) {
    const ssize_t got = ::recv(socket.number(), buffer.data(), buffer.size(), 0);
    if (got > 0) return std::string_view(buffer.data(), static_cast<std::size_t>(got));
    if (got == 0) return fail(Errc::io, "the server closed it");
    if (errno == EAGAIN) return std::string_view();
    if (errno != EINTR) return lost(errno);
  }
}

void Connection::drop(Ns retry) {
  state = State::closed;
  socket = Descriptor();
  in.clear();
  out.clear();
  sent = 0;
  waits_for_room = false;
  retry_at = retry;
}

}  // namespace kv::bench
