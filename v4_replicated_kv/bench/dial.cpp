#include "v4_replicated_kv/bench/dial.hpp"

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>

#include "v4_replicated_kv/bench/ticks.hpp"

namespace kv::bench {

namespace {

std::unexpected<Error> cannot(const Address& address, int error) {
  return fail(Errc::io,
              fmt::format("{}: cannot be connected to: {}; is the store running there?",
                          address.text, std::generic_category().message(error)));
}

}  // namespace

Result<Address> find_address(const Endpoint& endpoint) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed =
      ::getaddrinfo(endpoint.host.c_str(), endpoint.port.c_str(), &wanted, &found);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found,
                                                                   &::freeaddrinfo);
  if (failed != 0) {
    return fail(Errc::io, fmt::format("{}: no such host is known: {}", endpoint.text(),
                                      ::gai_strerror(failed)));
  }
  Address address{.size = found->ai_addrlen, .text = endpoint.text()};
  std::memcpy(&address.bytes, found->ai_addr, found->ai_addrlen);
  return address;
}

Result<Descriptor> begin_connection(const Address& address) {
  Descriptor socket(
      ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return cannot(address, errno);
  const int on = 1;
  (void)::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  const auto* const to = reinterpret_cast<const sockaddr*>(&address.bytes);
  if (::connect(socket.number(), to, address.size) == 0 || errno == EINPROGRESS) {
    return socket;
  }
  return cannot(address, errno);
}

Result<void> end_connection(int socket, const Address& address) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return cannot(address, error);
  return {};
}

Result<Descriptor> connect_within(const Address& address, Ns patience) {
  auto socket = begin_connection(address);
  if (!socket) return socket;
  pollfd writable{.fd = socket->number(), .events = POLLOUT, .revents = 0};
  const Ns end = ns_now() + patience;
  int ready = 0;
  do {
    const Ns left = end - ns_now();
    ready =
        left <= 0 ? 0 : ::poll(&writable, 1, static_cast<int>(left / kMillisecond) + 1);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0) return cannot(address, ETIMEDOUT);
  if (ready < 0) return cannot(address, errno);
  if (auto done = end_connection(socket->number(), address); !done) {
    return std::unexpected(done.error());
  }
  return socket;
}

}  // namespace kv::bench
