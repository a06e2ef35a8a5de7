// The inside of the plain adapter: it listens, and opens sockets. See frames_transport.hpp.
#pragma once

#include <cstdint>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "v4_replicated_kv/transport/frames_transport.hpp"
#include "v4_replicated_kv/transport/tcp_connection.hpp"

namespace kv {

class Frames final : public PeerKeeper {
 public:
  using Tcp = boost::asio::ip::tcp;

  Frames(boost::asio::io_context& io, PeerEvents& events, const FramesOptions& options,
         std::uint64_t seed);
  Frames(const Frames&) = delete;
  Frames& operator=(const Frames&) = delete;
  // What it does throws nothing: sockets that are closed, and memory that is given back.
  ~Frames() override { stop(); }  // NOLINT(bugprone-exception-escape)

  [[nodiscard]] Result<void> listen(const FramesOptions& at);
  [[nodiscard]] std::uint16_t port() const override { return port_; }

 private:
  WirePtr connect(const PeerAddress& to, PeerLink link) override;
  void stop_listening() override;
  void look_again() override;

  void accept();
  void accepted(Tcp::socket socket);

  Tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  bool accepts_again_ = false;  // it failed to, and tries when it looks at the clock
  // Handlers that find it gone touch nothing.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace kv
