#include "v4_replicated_kv/transport/frames.hpp"

#include <memory>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/socket_base.hpp>
#include <fmt/format.h>
#include <sys/random.h>

#include "common/base/text.hpp"

namespace kv {

using boost::system::error_code;

Result<std::unique_ptr<PeerTransport>> open_frames_transport(
    boost::asio::io_context& io, PeerEvents& events, const FramesOptions& options) {
  std::uint64_t seed = 0;
  if (::getrandom(&seed, sizeof seed, 0) != sizeof seed) {
    return fail(Errc::io, "the operating system gives no random numbers");
  }
  auto frames = std::make_unique<Frames>(io, events, options, seed);
  if (auto listens = frames->listen(options); !listens) {
    return std::unexpected(listens.error());
  }
  return frames;
}

Frames::Frames(boost::asio::io_context& io, PeerEvents& events,
               const FramesOptions& options, std::uint64_t seed)
    : PeerKeeper(io, events, options, seed), acceptor_(io) {}

Result<void> Frames::listen(const FramesOptions& options) {
  if (options.host.empty()) {
    begin();
    return {};
  }
  error_code failed;
  const auto address = boost::asio::ip::make_address(options.host, failed);
  if (failed) {
    return fail(Errc::bad_usage, fmt::format("{} is no address to listen on for peers",
                                             printable(options.host)));
  }
  const Tcp::endpoint at(address, options.port);
  acceptor_.open(at.protocol(), failed);
  if (!failed) acceptor_.set_option(Tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor_.bind(at, failed);
  if (!failed) acceptor_.listen(boost::asio::socket_base::max_listen_connections, failed);
  if (!failed) port_ = acceptor_.local_endpoint(failed).port();
  if (failed) {
    return fail(Errc::io, fmt::format("cannot listen for peers on {}:{}: {}",
                                      options.host, options.port, failed.message()));
  }
  accept();
  begin();
  return {};
}

void Frames::accept() {
  acceptor_.async_accept([this, alive = std::weak_ptr(alive_)](const error_code& failed,
                                                               Tcp::socket socket) {
    if (alive.expired() || is_stopped()) return;
    if (failed) {
      // No descriptors left, say: to try at once would be all that it does.
      accepts_again_ = true;
      return;
    }
    accepted(std::move(socket));
    accept();
  });
}

void Frames::accepted(Tcp::socket socket) {
  const auto self = identity();
  if (!self) return events().ended(self.error());
  const auto connection = std::make_shared<TcpConnection>(
      std::move(socket), PeerLink::listening(*self), *this, options().silent_max);
  took_in(connection);
  connection->start();
}

void Frames::look_again() {
  if (std::exchange(accepts_again_, false)) accept();
}

PeerKeeper::WirePtr Frames::connect(const PeerAddress& to, PeerLink link) {
  const auto connection = std::make_shared<TcpConnection>(
      Tcp::socket(io()), std::move(link), *this, options().silent_max);
  connection->dial(to);
  return connection;
}

void Frames::stop_listening() {
  error_code ignored;
  acceptor_.close(ignored);
}

}  // namespace kv
