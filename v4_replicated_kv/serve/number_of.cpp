#include "v4_replicated_kv/serve/number_of.hpp"

#include <array>
#include <memory>

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include "common/base/text.hpp"

namespace kv {

namespace {

struct FreeList {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

}  // namespace

Result<std::string> number_of(const Address& address) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  int failed = getaddrinfo(address.host.c_str(), nullptr, &hints, &found);
  const std::unique_ptr<addrinfo, FreeList> list(found);
  std::array<char, NI_MAXHOST> number{};
  if (failed == 0) {
    failed = getnameinfo(list->ai_addr, list->ai_addrlen, number.data(), number.size(),
                         nullptr, 0, NI_NUMERICHOST);
  }
  if (failed == 0) return std::string(number.data());
  return fail(Errc::not_found,
              fmt::format("{}: this host has no address: {}", printable(address.host),
                          gai_strerror(failed)));
}

}  // namespace kv
