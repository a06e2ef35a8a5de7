// A client's socket, and its session.
//
// Idea      bytes are read into a buffer that all connections share, so one that is silent
//           has none. What is to be written goes out once a turn, in one call of the system.
// Breaks if  it reads on from a client that does not read: answers would pile up.
// Threads   the loop's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "v4_replicated_kv/api/resp/session.hpp"

namespace kv::resp {

class Connection;

// What connections have in common.
class Host {
 public:
  Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  virtual ~Host() = default;

  // Calls turn_ended() once this turn is over.
  virtual void wake(Connection& connection) = 0;
  virtual void closed(Connection& connection) = 0;
  // To be read into, and used at once.
  [[nodiscard]] virtual std::span<char> buffer() = 0;
  // Seconds, since something.
  [[nodiscard]] virtual std::uint64_t now() const = 0;
  [[nodiscard]] virtual std::size_t connections() const = 0;
  // Of all its connections.
  [[nodiscard]] virtual std::shared_ptr<AskBudget> budget() const = 0;
  // Calls turn_ended() after a turn that leaves some of the budget.
  virtual void starves(Connection& connection) = 0;
  // Held while there is something to write.
  [[nodiscard]] virtual std::shared_ptr<void> writing() const = 0;
};

struct Patience {
  std::uint64_t slow = 0;  // in seconds
  std::uint64_t idle = 0;  // 0: for ever
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  // The host outlives it, or closes it before.
  Connection(Socket socket, Host& host, ClientPort& port, const SessionLimits& limits);

  void begin();
  void turn_ended();
  // Ends it where its client was slow, or silent.
  void look_at_time(const Patience& patience);
  // No more commands; it closes when those that were begun are answered.
  void end();
  void close();

  bool is_awake = false;   // the host's: it is to be called after the turn,
  bool is_queued = false;  // or after one that leaves some of the budget

 private:
  void wait_to_read();
  void read();
  void wait_to_write();
  void write();
  void close_if_done();
  void linger();
  [[nodiscard]] bool is_lingering() const { return lingers_since_ != 0; }

  Socket socket_;
  Host& host_;
  std::shared_ptr<Session> session_;
  std::string output_;             // is being written,
  std::size_t written_ = 0;        // up to here
  std::shared_ptr<void> writing_;  // while there is
  bool waits_to_read_ = false;
  bool waits_to_write_ = false;
  bool has_ended_ = false;           // the client says nothing more
  std::uint64_t heard_;              // when something came last
  std::uint64_t waiting_since_ = 0;  // for the rest of a command
  std::uint64_t stuck_since_ = 0;    // with what is to be written
  std::uint64_t lingers_since_ = 0;  // until the client has read why it ends
  std::size_t thrown_away_ = 0;      // meanwhile
};

}  // namespace kv::resp
