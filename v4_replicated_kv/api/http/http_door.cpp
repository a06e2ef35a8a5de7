#include "v4_replicated_kv/api/http/http_door.hpp"

#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/api/http/connection.hpp"
#include "v4_replicated_kv/api/http/room.hpp"

namespace kv::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kLookEvery{250};
constexpr int kWelcomesAtOnce = 64;

// So many more than there may be are told why they are sent away.
constexpr std::size_t kTurnedAway = 128;

}  // namespace

Room::Room(ServerLoop& loop, const DoorOptions& options)
    : loop_(loop),
      options_(options),
      service_(loop, options.value_bytes_max, options.add_server),
      acceptor_(loop.io()),
      timer_(loop.io()) {}

Result<std::uint16_t> Room::listen() {
  error_code failed;
  const auto address = asio::ip::make_address(options_.host, failed);
  if (failed) {
    return fail(Errc::bad_usage, fmt::format("{} is no address to listen on: take one "
                                             "such as 127.0.0.1 or ::1",
                                             printable(options_.host)));
  }
  const Tcp::endpoint endpoint(address, options_.port);
  const auto tried = [&](auto what) {
    if (!failed) what();
  };
  tried([&] { acceptor_.open(endpoint.protocol(), failed); });
  tried([&] { acceptor_.set_option(Tcp::acceptor::reuse_address(true), failed); });
  tried([&] { acceptor_.bind(endpoint, failed); });
  tried([&] { acceptor_.listen(Tcp::acceptor::max_listen_connections, failed); });
  tried([&] { acceptor_.non_blocking(true, failed); });
  if (failed) {
    return fail(Errc::io, fmt::format("cannot listen on {}, port {}: {}; take another "
                                      "address or port",
                                      options_.host, options_.port, failed.message()));
  }
  const std::uint16_t port = acceptor_.local_endpoint().port();
  const std::string host =
      address.is_v6() ? fmt::format("[{}]", options_.host) : options_.host;
  service_.set_own(
      {.address = fmt::format("{}:{}", host, port),
       .names = {.is_of_this_machine = address.is_loopback(), .names = options_.names},
       .hash = [this](std::string_view key) { return loop_.hash(key); }});
  wait_for_clients();
  return port;
}

void Room::stop_listening() {
  is_closing_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  for (const auto& connection : std::vector(connections_)) connection->finish();
}

void Room::close() {
  is_closing_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  while (!connections_.empty()) connections_.back()->close();  // which leaves the list
}

std::string_view Room::date() {
  const std::time_t now = std::time(nullptr);
  if (now != dated_) {
    dated_ = now;
    date_ = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
  }
  return date_;
}

bool Room::take_body(std::size_t bytes) {
  if (body_bytes_ + bytes > options_.held_bytes_max) return false;
  body_bytes_ += bytes;
  return true;
}

void Room::left(Connection& connection) {
  connections_.back()->seat = connection.seat;
  std::swap(connections_[connection.seat], connections_.back());
  connections_.pop_back();
}

void Room::wait_for_clients() {
  acceptor_.async_wait(Tcp::acceptor::wait_read,
                       [self = shared_from_this()](error_code error) {
                         if (!error) self->take_in();
                       });
}

void Room::take_in() {
  for (int i = 0; i < kWelcomesAtOnce; ++i) {
    error_code error;
    Tcp::socket socket = acceptor_.accept(error);
    if (error == asio::error::would_block || error == asio::error::try_again) break;
    if (error == asio::error::connection_aborted) continue;
    if (error) {
      // Above all, no descriptors: until somebody has left there is nobody to welcome.
      is_short_of_descriptors_ = true;
      return look_soon();
    }
    welcome(std::move(socket));
  }
  wait_for_clients();
}

void Room::welcome(Tcp::socket socket) {
  const bool is_full = connections_.size() >= options_.connections_max;
  if (connections_.size() >= options_.connections_max + kTurnedAway) return;
  if (!is_looking_) now_ = Clock::now();
  const auto connection =
      std::make_shared<Connection>(shared_from_this(), std::move(socket));
  connection->seat = connections_.size();
  connections_.push_back(connection);
  look_soon();
  if (is_full) {
    connection->turn_away();
  } else {
    connection->begin();
  }
}

void Room::look_soon() {
  if (std::exchange(is_looking_, true)) return;
  timer_.expires_after(kLookEvery);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    self->is_looking_ = false;
    if (!error) self->look_at_all();
  });
}

void Room::look_at_all() {
  now_ = Clock::now();
  // One that is closed is replaced by the last: from the back, nobody is left out.
  for (std::size_t i = connections_.size(); i > 0; --i) {
    if (i <= connections_.size()) connections_[i - 1]->look_at_clock();
  }
  if (!connections_.empty()) look_soon();
  if (std::exchange(is_short_of_descriptors_, false) && acceptor_.is_open()) take_in();
}

HttpDoor::HttpDoor(ServerLoop& loop, std::shared_ptr<Room> room, std::uint16_t port)
    : loop_(loop), room_(std::move(room)), port_(port) {}

Result<std::unique_ptr<HttpDoor>> HttpDoor::open(ServerLoop& loop,
                                                 const DoorOptions& options) {
  Result<std::uint16_t> port = fail(Errc::stopped, "the node has ended");
  std::shared_ptr<Room> room;
  loop.run_there([&] {
    room = std::make_shared<Room>(loop, options);
    port = room->listen();
    if (!port) return room.reset();
    loop.when_stopping([held = std::weak_ptr(room)] {
      if (const auto open = held.lock()) open->stop_listening();
    });
  });
  if (!port) return std::unexpected(port.error());
  return std::unique_ptr<HttpDoor>(new HttpDoor(loop, std::move(room), *port));
}

// NOLINTNEXTLINE(bugprone-exception-escape): for want of memory, which ends the program
HttpDoor::~HttpDoor() {
  // A loop that has ended has no thread: then this one is the only one.
  if (!loop_.run_there([&] { room_->close(); })) room_->close();
}

std::size_t HttpDoor::connections() const {
  std::size_t count = 0;
  loop_.run_there([&] { count = room_->connections(); });
  return count;
}

}  // namespace kv::http
