#include "v4_replicated_kv/transport/tcp_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <netinet/tcp.h>

namespace kv {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kRoomOfStranger = 512;
constexpr std::size_t kRoomOfPeer = std::size_t{64} << 10;

using UserTimeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;

Error error_of(const error_code& code, std::string_view what) {
  return {Errc::io, fmt::format("connection of a peer: {}: {}", what, code.message())};
}

}  // namespace

void TcpConnection::start() {
  prepare();
  write();
  read();
}

void TcpConnection::dial(const PeerAddress& to) {
  error_code is_name;
  const auto address = asio::ip::make_address(to.host, is_name);
  if (!is_name) return connect({address, to.port});
  resolver_.async_resolve(
      to.host, std::to_string(to.port),
      [self = shared_from_this(), host = to.host](
          const error_code& failed, const Tcp::resolver::results_type& found) {
        if (self->is_closed_) return;
        if (!failed && !found.empty()) return self->connect(*found.begin());
        self->close(error_of(failed, fmt::format("the name {} is not found", host)));
      });
}

void TcpConnection::connect(const Tcp::endpoint& to) {
  socket_.async_connect(to, [self = shared_from_this()](const error_code& failed) {
    if (self->is_closed_) return;
    if (failed) return self->close(error_of(failed, "it is not reached"));
    self->start();
  });
}

// What fails here makes it slower, and no less right.
void TcpConnection::prepare() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(Tcp::no_delay(true), ignored);
  socket_.set_option(UserTimeout(static_cast<int>(silent_max_.count())), ignored);
  room_.resize(kRoomOfStranger);
}

void TcpConnection::read() {
  socket_.async_read_some(
      asio::buffer(room_),
      [self = shared_from_this()](const error_code& failed, std::size_t bytes) {
        if (self->is_closed_) return;
        if (failed == asio::error::eof) {
          return self->close({Errc::io, "connection of a peer: it closed"});
        }
        if (failed) return self->close(error_of(failed, "reading"));
        self->take(bytes);
      });
}

void TcpConnection::take(std::size_t bytes) {
  const auto taken = link().feed({room_.data(), bytes}, *this);
  if (is_closed_) return;
  if (!taken) return close(taken.error());
  if (link().is_greeted()) owner_.heard(shared_from_this());
  write();
  // All that was in it has been taken.
  if (link().is_greeted() && room_.size() < kRoomOfPeer) room_.resize(kRoomOfPeer);
  read();
}

Result<void> TcpConnection::greeted(const Greeting& /*peer*/, Channel /*channel*/) {
  return owner_.greeted(shared_from_this());
}

void TcpConnection::write() {
  if (is_writing_ || is_closed_ || !socket_.is_open()) return;
  for (;;) {
    if (written_ == writing_.size()) {
      writing_ = link().take();
      written_ = 0;
      if (writing_.empty()) return;
    }
    error_code failed;
    written_ += socket_.write_some(
        asio::buffer(writing_.data() + written_, writing_.size() - written_), failed);
    if (failed == asio::error::would_block || failed == asio::error::try_again) break;
    if (failed) return close_soon(error_of(failed, "writing"));
  }
  is_writing_ = true;
  socket_.async_wait(Tcp::socket::wait_write,
                     [self = shared_from_this()](const error_code& failed) {
                       self->is_writing_ = false;
                       if (self->is_closed_) return;
                       if (failed) return self->close(error_of(failed, "writing"));
                       self->write();
                     });
}

// Not from within the caller, who may be in the middle of all connections.
void TcpConnection::close_soon(const Error& why) {
  is_writing_ = true;  // nothing more goes out
  asio::post(socket_.get_executor(),
             [self = shared_from_this(), why] { self->close(why); });
}

void TcpConnection::close(const Error& why) {
  if (std::exchange(is_closed_, true)) return;
  error_code ignored;
  socket_.close(ignored);
  resolver_.cancel();
  owner_.ended(*this, why);
}

}  // namespace kv
