// What the connections of one door share.
//
// Threads   the loop's.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "v4_replicated_kv/api/http/http_door.hpp"
#include "v4_replicated_kv/api/http/service.hpp"
#include "v4_replicated_kv/server/server_loop.hpp"

namespace kv::http {

class Connection;

class Room : public std::enable_shared_from_this<Room> {
 public:
  using Clock = std::chrono::steady_clock;
  using Tcp = boost::asio::ip::tcp;

  Room(ServerLoop& loop, const DoorOptions& options);

  [[nodiscard]] Result<std::uint16_t> listen();
  // Takes in nobody any more; connections end when they have nothing left to answer.
  void stop_listening();
  // Ends all of them now.
  void close();

  [[nodiscard]] ServerLoop& loop() { return loop_; }
  [[nodiscard]] Service& service() { return service_; }
  [[nodiscard]] const DoorOptions& options() const { return options_; }
  [[nodiscard]] bool is_closing() const { return is_closing_; }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

  // As of the last look at all connections: to a quarter of a second.
  [[nodiscard]] Clock::time_point now() const { return now_; }
  // As answers carry it.
  [[nodiscard]] std::string_view date();

  // Where a socket is read to, by one connection after the other.
  [[nodiscard]] std::array<char, 65'536>& buffer() { return buffer_; }

  // Of long bodies that are on their way, and of answers: see held_bytes_max.
  [[nodiscard]] bool take_body(std::size_t bytes);
  void give_body(std::size_t bytes) { body_bytes_ -= bytes; }
  void add_unsent(std::size_t bytes) { unsent_bytes_ += bytes; }
  void sent(std::size_t bytes) { unsent_bytes_ -= bytes; }
  [[nodiscard]] bool is_full() const { return unsent_bytes_ > options_.held_bytes_max; }

  // The connection is closed.
  void left(Connection& connection);

 private:
  void wait_for_clients();
  void take_in();
  void welcome(Tcp::socket socket);
  void look_soon();
  void look_at_all();

  ServerLoop& loop_;
  DoorOptions options_;
  Service service_;
  Tcp::acceptor acceptor_;
  boost::asio::steady_timer timer_;
  bool is_looking_ = false;
  bool is_closing_ = false;
  bool is_short_of_descriptors_ = false;
  Clock::time_point now_ = Clock::now();
  std::time_t dated_ = 0;
  std::string date_;
  std::size_t body_bytes_ = 0;
  std::size_t unsent_bytes_ = 0;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::array<char, 65'536> buffer_{};
};

}  // namespace kv::http
