#include "v4_replicated_kv/api/resp/door.hpp"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "v4_replicated_kv/api/resp/answer_text.hpp"
#include "v4_replicated_kv/api/resp/connection.hpp"

namespace kv::resp {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class Door::Room : public Host, public std::enable_shared_from_this<Room> {
 public:
  Room(ServerLoop& loop, DoorOptions options)
      : loop_(loop),
        options_(std::move(options)),
        acceptor_(loop.io()),
        timer_(loop.io()),
        buffer_(std::size_t{64} << 10) {}

  [[nodiscard]] Result<std::uint16_t> listen() {
    error_code error;
    const auto address = asio::ip::make_address(options_.address, error);
    if (error) {
      return fail(Errc::bad_usage,
                  fmt::format("{} is no address to listen at", options_.address));
    }
    const tcp::endpoint at(address, options_.port);
    acceptor_.open(at.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(at, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return fail(Errc::io,
                  fmt::format("cannot listen at {} port {}: {}", options_.address,
                              options_.port, error.message()));
    }
    loop_.when_stopping([room = weak_from_this()] {
      if (const auto there = room.lock()) there->end();
    });
    budget_->most = std::max<std::size_t>(1, options_.asks_max);
    budget_->held_bytes_max = options_.held_bytes_max;
    budget_->freed = [room = weak_from_this()] {
      if (const auto there = room.lock()) there->await_end_of_turn();
    };
    accept();
    tick();
    return acceptor_.local_endpoint().port();
  }

  // As the loop stops: nobody new, and those who are here are answered.
  void end() {
    is_ending_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    for (const auto& connection : all()) connection->end();
  }

  void close() {
    is_ending_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    for (const auto& connection : all()) connection->close();
  }

  void wake(Connection& connection) override {
    if (std::exchange(connection.is_awake, true)) return;
    awake_.push_back(connection.shared_from_this());
    await_end_of_turn();
  }
  void starves(Connection& connection) override {
    if (std::exchange(connection.is_queued, true)) return;
    starved_.push_back(connection.shared_from_this());
  }
  [[nodiscard]] std::shared_ptr<AskBudget> budget() const override { return budget_; }
  void closed(Connection& connection) override { connections_.erase(&connection); }
  [[nodiscard]] std::span<char> buffer() override { return buffer_; }
  [[nodiscard]] std::uint64_t now() const override { return now_; }
  [[nodiscard]] std::size_t connections() const override { return connections_.size(); }
  [[nodiscard]] std::shared_ptr<void> writing() const override {
    return loop_.something_to_write();
  }

 private:
  void await_end_of_turn() {
    if (std::exchange(awaits_end_, true)) return;
    loop_.after_turn([room = weak_from_this()] {
      if (const auto there = room.lock()) there->turn_ended();
    });
  }

  void accept() {
    is_accepting_ = true;
    acceptor_.async_accept(
        [room = weak_from_this()](error_code error, tcp::socket socket) {
          if (const auto there = room.lock()) there->accepted(error, std::move(socket));
        });
  }

  void accepted(error_code error, tcp::socket socket) {
    is_accepting_ = false;
    if (is_ending_) return;
    // No descriptors, or no memory: the next second may bring some.
    const bool has_none = error && error != asio::error::connection_aborted;
    if (has_none) return;
    if (!error) admit(std::move(socket));
    accept();
  }

  void admit(tcp::socket socket) {
    if (connections_.size() >= options_.connections_max) {
      error_code ignored;
      socket.non_blocking(true, ignored);
      const std::string text = error_text("ERR max number of clients reached");
      socket.write_some(asio::buffer(text), ignored);
      return;
    }
    const auto connection =
        std::make_shared<Connection>(std::move(socket), *this, loop_, options_.session);
    connections_.emplace(connection.get(), connection);
    connection->begin();
  }

  void turn_ended() {
    awaits_end_ = false;
    for (const auto& connection : std::exchange(awake_, {})) {
      connection->is_awake = false;
      connection->turn_ended();
    }
    feed_starved();
  }

  // Who waits longest goes on first. Whoever takes the last of the budget brings the next turn.
  void feed_starved() {
    for (std::size_t left = starved_.size(); left > 0; --left) {
      if (budget_->open >= budget_->most) return;
      const auto connection = std::move(starved_.front());
      starved_.pop_front();
      connection->is_queued = false;
      connection->turn_ended();
    }
  }

  // Each second. It keeps nothing alive.
  void tick() {
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([room = weak_from_this()](error_code error) {
      const auto there = room.lock();
      if (!error && there) there->second_passed();
    });
  }

  void second_passed() {
    ++now_;
    if (is_ending_ && connections_.empty()) return;
    const Patience patience{.slow = static_cast<std::uint64_t>(options_.slow.count()),
                            .idle = static_cast<std::uint64_t>(options_.idle.count())};
    for (const auto& connection : all()) connection->look_at_time(patience);
    if (!is_ending_ && !is_accepting_) accept();
    tick();
  }

  [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const {
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(connections_.size());
    for (const auto& [address, connection] : connections_) all.push_back(connection);
    return all;
  }

  ServerLoop& loop_;
  DoorOptions options_;
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  std::vector<char> buffer_;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  std::vector<std::shared_ptr<Connection>> awake_;
  std::deque<std::shared_ptr<Connection>> starved_;
  std::shared_ptr<AskBudget> budget_ = std::make_shared<AskBudget>();
  std::uint64_t now_ = 1;
  bool awaits_end_ = false;
  bool is_accepting_ = false;
  bool is_ending_ = false;
};

Result<std::unique_ptr<Door>> Door::open(ServerLoop& loop, const DoorOptions& options) {
  std::unique_ptr<Door> door(new Door(loop));
  Result<std::uint16_t> port = fail(Errc::stopped, "the node's loop has ended");
  loop.run_there([&] {
    door->room_ = std::make_shared<Room>(loop, options);
    port = door->room_->listen();
  });
  if (!port) return std::unexpected(port.error());
  door->port_ = *port;
  return door;
}

// NOLINTNEXTLINE(bugprone-exception-escape): for want of memory, which ends the program
Door::~Door() {
  bool is_closed = room_ == nullptr;
  const auto close = [&] {
    if (std::exchange(is_closed, true)) return;
    room_->close();
    room_.reset();
  };
  loop_.run_there(close);
  close();  // where the loop has ended
}

std::size_t Door::connections() const {
  return room_->connections();
}

}  // namespace kv::resp
