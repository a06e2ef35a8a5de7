#include "v4_replicated_kv/api/resp/connection.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>

namespace kv::resp {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// What an idle connection may keep of memory for its answers.
constexpr std::size_t kKeptBytes = std::size_t{16} << 10;

// What is still read, and thrown away, of a client that has been told what is wrong: the
// command that was too long, if it is no longer than this; for so many seconds.
constexpr std::size_t kThrownAwayMax = std::size_t{64} << 20;
constexpr std::uint64_t kLinger = 5;

bool would_wait(const error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

}  // namespace

Connection::Connection(Socket socket, Host& host, ClientPort& port,
                       const SessionLimits& limits)
    : socket_(std::move(socket)),
      host_(host),
      session_(std::make_shared<Session>(
          port, limits, host.budget(), [this] { host_.wake(*this); },
          [this] { return host_.connections(); })),
      heard_(host.now()) {}

void Connection::begin() {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.set_option(asio::socket_base::keep_alive(true), ignored);
  error_code failed;
  socket_.non_blocking(true, failed);
  if (failed) return close();
  wait_to_read();
}

void Connection::wait_to_read() {
  const bool is_wanted =
      !waits_to_read_ && !has_ended_ && (is_lingering() || session_->wants_input());
  if (!is_wanted || !socket_.is_open()) return;
  waits_to_read_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this()](error_code error) {
    self->waits_to_read_ = false;
    if (!error && self->socket_.is_open()) self->read();
  });
}

void Connection::read() {
  const auto buffer = host_.buffer();
  error_code error;
  const std::size_t size =
      socket_.read_some(asio::buffer(buffer.data(), buffer.size()), error);
  if (would_wait(error)) return wait_to_read();
  if (error) {
    // It may still want its answers; a connection that broke says so when they are written.
    has_ended_ = true;
    session_->end();
    return host_.wake(*this);
  }
  heard_ = host_.now();
  if (is_lingering()) {
    thrown_away_ += size;
    return thrown_away_ > kThrownAwayMax ? close() : wait_to_read();
  }
  session_->take({buffer.data(), size});
  if (!session_->waits_for_rest()) {
    waiting_since_ = 0;
  } else if (waiting_since_ == 0) {
    waiting_since_ = host_.now();
  }
  if (session_->is_starved()) host_.starves(*this);
  if (session_->ends()) return host_.wake(*this);
  wait_to_read();
}

void Connection::turn_ended() {
  if (!socket_.is_open()) return;
  session_->go_on();
  if (!waits_to_write_) write();
  if (!socket_.is_open()) return;
  session_->count_held(output_.size() - written_);
  if (session_->is_starved()) host_.starves(*this);
  wait_to_read();
  close_if_done();
}

void Connection::write() {
  for (;;) {
    if (written_ == output_.size()) {
      output_.clear();
      if (output_.capacity() > kKeptBytes) output_ = {};
      written_ = 0;
      stuck_since_ = 0;
      std::swap(output_, session_->output());
      if (output_.empty()) break;
    }
    error_code error;
    const std::size_t size = socket_.write_some(
        asio::buffer(output_.data() + written_, output_.size() - written_), error);
    if (would_wait(error)) return wait_to_write();
    if (error) return close();
    written_ += size;
    stuck_since_ = 0;
    // There may be room for more commands.
    if (written_ == output_.size()) session_->go_on();
  }
  writing_.reset();
}

void Connection::wait_to_write() {
  if (stuck_since_ == 0) stuck_since_ = host_.now();
  if (!writing_) writing_ = host_.writing();
  waits_to_write_ = true;
  socket_.async_wait(Socket::wait_write, [self = shared_from_this()](error_code error) {
    self->waits_to_write_ = false;
    if (error || !self->socket_.is_open()) return;
    self->turn_ended();
  });
}

void Connection::close_if_done() {
  const bool is_done = session_->ends() && session_->is_idle() && output_.empty() &&
                       session_->output().empty();
  if (!is_done) return;
  if (session_->is_broken() && !has_ended_) return linger();
  close();
}

// Closed while there are bytes in it that nobody has read, a socket tells the other side that
// all is lost, and that overtakes the answer.
void Connection::linger() {
  if (is_lingering()) return;
  error_code failed;
  socket_.shutdown(Socket::shutdown_send, failed);
  if (failed) return close();
  lingers_since_ = host_.now();
  wait_to_read();
}

void Connection::look_at_time(const Patience& patience) {
  const std::uint64_t now = host_.now();
  const auto is_over = [now](std::uint64_t since, std::uint64_t seconds) {
    return since != 0 && now - since > seconds;
  };
  const bool is_silent =
      patience.idle != 0 && session_->is_idle() && is_over(heard_, patience.idle);
  if (is_silent || is_over(lingers_since_, kLinger) ||
      is_over(waiting_since_, patience.slow) || is_over(stuck_since_, patience.slow)) {
    close();
  }
}

void Connection::end() {
  if (is_lingering()) return close();
  session_->end();
  host_.wake(*this);
}

void Connection::close() {
  if (!socket_.is_open()) return;
  session_->leave();
  error_code ignored;
  socket_.close(ignored);
  writing_.reset();
  host_.closed(*this);
}

}  // namespace kv::resp
