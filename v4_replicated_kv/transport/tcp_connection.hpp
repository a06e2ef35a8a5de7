// A link over TCP.
//
// Idea      at most one write is under way; what is queued meanwhile goes out in the next. It
//           is tried at once, so where the network has room no other turn of the loop is
//           needed for it.
// Breaks if  a stranger costs more than its few bytes: the room to read is small until the
//            first words are said.
// Breaks if  small packets wait for company (Nagle), or a dead peer's kernel for its own time
//            limit of a quarter of an hour.
// Breaks if  a name is looked up on the loop's thread: asio has one of its own for that. Who is
//            closed while its name waits there is not looked up any more.
// Threads   the loop's. Handlers keep the connection alive until the last has run; once it is
//           closed none of them touches its owner.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "v4_replicated_kv/transport/peer_keeper.hpp"

namespace kv {

class TcpConnection : public PeerWire,
                      private PeerLink::Sink,
                      public std::enable_shared_from_this<TcpConnection> {
 public:
  using Clock = PeerRoster::Clock;
  using Tcp = boost::asio::ip::tcp;

  TcpConnection(Tcp::socket socket, PeerLink link, PeerKeeper& owner,
                std::chrono::milliseconds silent_max)
      : PeerWire(std::move(link)),
        socket_(std::move(socket)),
        resolver_(socket_.get_executor()),
        owner_(owner),
        silent_max_(silent_max) {}

  // One that was accepted.
  void start();
  // One that is dialled. That it failed is told later.
  void dial(const PeerAddress& to);

  void write() override;
  void close(const Error& why) override;
  [[nodiscard]] std::size_t waiting() const override {
    return link().waiting() + writing_.size() - written_;
  }

 private:
  Result<void> greeted(const Greeting& peer, Channel channel) override;
  void came(Message message) override { owner_.came(std::move(message)); }

  void connect(const Tcp::endpoint& to);
  void prepare();
  void read();
  void take(std::size_t bytes);
  void close_soon(const Error& why);

  Tcp::socket socket_;
  Tcp::resolver resolver_;
  PeerKeeper& owner_;
  std::chrono::milliseconds silent_max_;
  std::vector<char> room_;
  std::string writing_;
  std::size_t written_ = 0;
  bool is_writing_ = false;
  bool is_closed_ = false;
};

}  // namespace kv
