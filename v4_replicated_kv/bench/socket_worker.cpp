// HTTP and the Redis protocol: connections that do not block, and one loop for all of them.
//
// Idea      whatever is answered is read at once, whatever is due then is written at once,
//           and a connection's bytes go out together: a system call or two a request.
// Breaks if  the loop waits in whole milliseconds, as epoll_wait does: a request would be
//           sent late, and the delay be taken for the store's.
#include <algorithm>
#include <array>
#include <cerrno>
#include <deque>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/prctl.h>

#include "v4_replicated_kv/bench/connection.hpp"
#include "v4_replicated_kv/bench/worker.hpp"

namespace kv::bench {

namespace {

constexpr std::size_t kBytesAtOnce = std::size_t{64} << 10;
constexpr std::size_t kBytesWaitingMost = kAnswerBytesMost + (std::size_t{1} << 20);

struct PlacedSeat {
  Seat seat{};
  std::size_t connection = 0;
  bool is_idle = false;  // it is in the queue of those that are
};

class SocketWorker final : public Worker {
 public:
  SocketWorker(std::vector<Connection> connections, std::size_t pipeline, Ns timeout)
      : connections_(std::move(connections)), timeout_(timeout) {
    for (std::size_t p = 0; p < pipeline; ++p) {  // neighbours are on other connections
      for (std::size_t c = 0; c < connections_.size(); ++c) {
        seats_.push_back({.connection = c});
      }
    }
  }

  Result<void> open();
  void play(Player& player) override;

 private:
  void rest(std::size_t seat);
  void send_due(Ns now);
  void flush(std::size_t c, Ns now);
  void wait(Ns now);
  void ready(std::size_t c, std::uint32_t events);
  void read(std::size_t c, Ns now);
  bool take_answers(std::size_t c, std::string_view& bytes, Ns now);
  void chores(Ns now);
  void reopen(std::size_t c, Ns now);
  void opened(std::size_t c, Ns now);
  void close(std::size_t c, std::string_view kind, std::string sentence, Ns now);
  Result<void> watch(std::size_t c, int how);

  std::vector<Connection> connections_;
  std::vector<PlacedSeat> seats_;
  std::deque<std::size_t> idle_;      // seats; also some whose connection was lost since
  std::vector<std::size_t> touched_;  // connections with new bytes to send
  std::vector<char> buffer_ = std::vector<char>(kBytesAtOnce);
  Descriptor epoll_;
  Player* player_ = nullptr;
  std::size_t under_way_ = 0;
  std::size_t open_ = 0;
  Ns timeout_;
  Ns next_chores_ = 0;
  Ns alone_since_ = 0;
  std::string last_loss_;
};

Result<void> SocketWorker::open() {
  epoll_ = Descriptor(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_.is_open()) {
    return fail(Errc::io, fmt::format("cannot wait for sockets: {}",
                                      std::generic_category().message(errno)));
  }
  for (std::size_t c = 0; c < connections_.size(); ++c) {
    auto socket = connect_within(connections_[c].address, timeout_);
    if (!socket) return std::unexpected(socket.error());
    connections_[c].socket = *std::move(socket);
    connections_[c].state = Connection::State::open;
    ++open_;
    if (auto watched = watch(c, EPOLL_CTL_ADD); !watched) return watched;
  }
  return {};
}

Result<void> SocketWorker::watch(std::size_t c, int how) {
  const Connection& connection = connections_[c];
  const bool writes =
      connection.waits_for_room || connection.state == Connection::State::opening;
  epoll_event event{.events = writes ? EPOLLIN | EPOLLOUT : EPOLLIN, .data = {.u64 = c}};
  if (::epoll_ctl(epoll_.number(), how, connection.socket.number(), &event) == 0)
    return {};
  return fail(Errc::io,
              fmt::format("{}: cannot wait for its socket: {}", connection.address.text,
                          std::generic_category().message(errno)));
}

void SocketWorker::play(Player& player) {
  // The kernel may wake a thread 50 microseconds late, unless it is asked not to.
  (void)::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  player_ = &player;
  idle_.clear();
  for (std::size_t s = 0; s < seats_.size(); ++s) {
    seats_[s].is_idle = false;
    if (connections_[seats_[s].connection].state == Connection::State::open) rest(s);
  }
  for (;;) {
    const Ns now = ns_now();
    send_due(now);
    if (under_way_ == 0 && player.next_due(now) == kNever) break;
    if (now >= next_chores_) chores(now);
    wait(now);
  }
  player.finish(ns_now());
}

void SocketWorker::rest(std::size_t seat) {
  if (!std::exchange(seats_[seat].is_idle, true)) idle_.push_back(seat);
}

void SocketWorker::send_due(Ns now) {
  while (!idle_.empty() && player_->next_due(now) <= now) {
    PlacedSeat& placed = seats_[idle_.front()];
    Connection& connection = connections_[placed.connection];
    placed.is_idle = false;
    if (connection.state == Connection::State::open) {
      if (connection.out.empty()) touched_.push_back(placed.connection);
      connection.dialect->append(connection.out, player_->begin(placed.seat, now));
      connection.under_way.push_back(idle_.front());
      ++under_way_;
    }
    idle_.pop_front();
  }
  for (const std::size_t c : touched_) {
    if (!connections_[c].waits_for_room) flush(c, now);
  }
  touched_.clear();
}

void SocketWorker::flush(std::size_t c, Ns now) {
  Connection& connection = connections_[c];
  const bool waited = connection.waits_for_room;
  auto good = connection.send_some();
  if (good && connection.waits_for_room != waited) good = watch(c, EPOLL_CTL_MOD);
  if (!good) close(c, "connection_lost", good.error().detail, now);
}

void SocketWorker::wait(Ns now) {
  Ns until = next_chores_;
  // Without an idle seat nothing can be sent, however long it has been due.
  if (!idle_.empty()) until = std::min(until, player_->next_due(now));
  const Ns left = std::max<Ns>(0, until - ns_now());
  const timespec patience{.tv_sec = left / kSecond, .tv_nsec = left % kSecond};
  std::array<epoll_event, 64> events{};
  const int count = ::epoll_pwait2(epoll_.number(), events.data(),
                                   static_cast<int>(events.size()), &patience, nullptr);
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    ready(static_cast<std::size_t>(event.data.u64), event.events);
  }
}

void SocketWorker::ready(std::size_t c, std::uint32_t events) {
  const Connection& connection = connections_[c];
  const Ns now = ns_now();
  if (connection.state == Connection::State::closed) return;
  if (connection.state == Connection::State::opening) return opened(c, now);
  if ((events & EPOLLOUT) != 0) flush(c, now);
  if (connection.state != Connection::State::open) return;
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) read(c, now);
  send_due(now);
}

void SocketWorker::read(std::size_t c, Ns now) {
  Connection& connection = connections_[c];
  for (bool more = true; more;) {
    const auto got = connection.receive(buffer_);
    if (!got) return close(c, "connection_lost", got.error().detail, now);
    more = got->size() == buffer_.size();
    if (connection.in.empty()) {
      std::string_view bytes = *got;
      if (!take_answers(c, bytes, now)) return;
      connection.in.assign(bytes);
    } else {
      connection.in.append(*got);
      std::string_view bytes = connection.in;
      if (!take_answers(c, bytes, now)) return;
      connection.in.erase(0, connection.in.size() - bytes.size());
    }
    if (connection.in.size() > kBytesWaitingMost) {
      return close(c, "bad_answer", "an answer of more than 65 MiB", now);
    }
  }
}

// Leaves in `bytes` what is not a whole answer. False: the connection is closed.
bool SocketWorker::take_answers(std::size_t c, std::string_view& bytes, Ns now) {
  Connection& connection = connections_[c];
  while (!bytes.empty()) {
    if (connection.under_way.empty()) {
      close(c, "bad_answer", "an answer that nothing was asked for", now);
      return false;
    }
    const std::size_t s = connection.under_way.front();
    Seat& seat = seats_[s].seat;
    Answer answer;
    const auto taken = connection.dialect->read(bytes, seat.verb, answer);
    if (!taken) {
      close(c, "bad_answer", taken.error().detail, now);
      return false;
    }
    if (*taken == 0) return true;
    connection.under_way.pop_front();
    const auto second = player_->take(seat, answer, now);
    bytes.remove_prefix(*taken);
    if (second && !answer.closes) {
      if (connection.out.empty()) touched_.push_back(c);
      connection.dialect->append(connection.out, *second);
      connection.under_way.push_back(s);
    } else {
      --under_way_;
      rest(s);
      if (second) player_->lose(seat, "connection_lost", "the server closed it");
    }
    if (answer.closes) {
      close(c, "connection_lost", "the server closed it", now);
      reopen(c, now);
      return false;
    }
  }
  return true;
}

void SocketWorker::chores(Ns now) {
  next_chores_ = now + kChoresEvery;
  for (std::size_t c = 0; c < connections_.size(); ++c) {
    Connection& connection = connections_[c];
    if (!connection.under_way.empty() &&
        now - seats_[connection.under_way.front()].seat.sent > timeout_) {
      close(c, "timeout", "no answer came in time, so the connection was closed", now);
    } else if (connection.state == Connection::State::opening &&
               now - connection.since > timeout_) {
      close(c, "timeout", "the connection did not come about in time", now);
    }
    if (connection.state == Connection::State::closed && now >= connection.retry_at) {
      reopen(c, now);
    }
  }
  if (open_ > 0) {
    alone_since_ = 0;
  } else if (alone_since_ == 0) {
    alone_since_ = now;
  } else if (now - alone_since_ > kAloneMost) {
    player_->stop(fmt::format(
        "every connection was lost, and none came back within 2 s; the last: {}",
        last_loss_));
  }
}

void SocketWorker::reopen(std::size_t c, Ns now) {
  Connection& connection = connections_[c];
  connection.retry_at = now + kRetryAfter;
  auto socket = begin_connection(connection.address);
  if (!socket) {
    last_loss_ = socket.error().detail;
    return;
  }
  connection.socket = *std::move(socket);
  connection.state = Connection::State::opening;
  connection.since = now;
  if (auto watched = watch(c, EPOLL_CTL_ADD); !watched) {
    close(c, "connection_lost", watched.error().detail, now);
  }
}

void SocketWorker::opened(std::size_t c, Ns now) {
  Connection& connection = connections_[c];
  const auto good = end_connection(connection.socket.number(), connection.address);
  if (!good) return close(c, "connection_lost", good.error().detail, now);
  connection.state = Connection::State::open;
  ++open_;
  if (auto watched = watch(c, EPOLL_CTL_MOD); !watched) {
    return close(c, "connection_lost", watched.error().detail, now);
  }
  for (std::size_t s = c; s < seats_.size(); s += connections_.size()) rest(s);
  send_due(now);
}

void SocketWorker::close(std::size_t c, std::string_view kind, std::string sentence,
                         Ns now) {
  Connection& connection = connections_[c];
  last_loss_ = sentence.starts_with(connection.address.text)
                   ? std::move(sentence)
                   : fmt::format("{}: {}", connection.address.text, sentence);
  if (connection.state == Connection::State::open) --open_;
  connection.drop(now + kRetryAfter);
  for (const std::size_t s : connection.under_way) {
    player_->lose(seats_[s].seat, kind, last_loss_);
  }
  under_way_ -= connection.under_way.size();
  connection.under_way.clear();
}

}  // namespace

Result<std::unique_ptr<Worker>> make_socket_worker(const BenchWords& words,
                                                   std::size_t first, std::size_t count) {
  std::vector<Connection> connections(count);
  for (std::size_t i = 0; i < count; ++i) {
    const Endpoint& endpoint = words.endpoints[(first + i) % words.endpoints.size()];
    auto address = find_address(endpoint);
    if (!address) return std::unexpected(address.error());
    connections[i].address = *std::move(address);
    connections[i].dialect = words.protocol == Protocol::resp
                                 ? resp_dialect()
                                 : http_dialect(endpoint.text(), words.copies);
  }
  auto worker =
      std::make_unique<SocketWorker>(std::move(connections), words.pipeline,
                                     static_cast<Ns>(words.timeout_ms) * kMillisecond);
  if (auto opened = worker->open(); !opened) return std::unexpected(opened.error());
  return worker;
}

}  // namespace kv::bench
