#include "v4_replicated_kv/api/http/connection.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

namespace kv::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Requests that are begun before the first of them is answered; one after a long answer.
constexpr std::size_t kDepth = 128;
constexpr std::size_t kLongAnswer = std::size_t{64} << 10;

// Bytes that wait to leave, and to be used, before no more are made or read.
constexpr std::size_t kUnsentMax = std::size_t{256} << 10;
constexpr std::size_t kUnusedMax = std::size_t{128} << 10;

// Bodies up to this are taken without asking whether there is room.
constexpr std::size_t kShortBody = std::size_t{64} << 10;

constexpr int kReadsAtOnce = 4;
constexpr std::chrono::milliseconds kLinger{2000};

Refusal not_read() {
  return {429, "overloaded", "clients do not read their answers"};
}

}  // namespace

Connection::Connection(std::shared_ptr<Room> room, Room::Tcp::socket socket)
    : room_(std::move(room)), socket_(std::move(socket)), since_(room_->now()) {}

void Connection::begin() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(Room::Tcp::no_delay(true), ignored);
  wait_to_read();
}

void Connection::turn_away() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  refuse({429, "overloaded", "this node has as many connections as it takes"});
}

void Connection::finish() {
  is_ending_ = true;
  end_if_over();
}

void Connection::close() {
  if (std::exchange(is_closed_, true)) return;
  const auto self = shared_from_this();  // the room's may be the last to hold it
  error_code ignored;
  socket_.close(ignored);
  room_->sent(out_.size() - written_);
  give_back_body();
  writing_.reset();
  room_->left(*this);
}

void Connection::give_back_body() {
  room_->give_body(std::exchange(body_taken_, 0));
}

// --- from the socket

void Connection::wait_to_read() {
  const bool wants =
      is_lingering_ || (!is_ending_ && !has_said_all_ && in_.size() < kUnusedMax &&
                        (has_plan_ || may_begin()));
  if (is_closed_ || is_reading_ || !wants) return;
  is_reading_ = true;
  socket_.async_wait(Room::Tcp::socket::wait_read,
                     [self = shared_from_this()](error_code error) {
                       self->is_reading_ = false;
                       if (error) return self->close();
                       self->read();
                     });
}

void Connection::read() {
  if (is_closed_) return;
  for (int i = 0; i < kReadsAtOnce && take_from_socket(); ++i) {
  }
  if (is_closed_) return;
  if (!is_lingering_) work();
  wait_to_read();
}

// Whether there may be more.
bool Connection::take_from_socket() {
  auto& buffer = room_->buffer();
  error_code error;
  const std::size_t count = socket_.read_some(asio::buffer(buffer), error);
  if (error == asio::error::would_block || error == asio::error::try_again) return false;
  if (error == asio::error::eof && !is_lingering_) {
    // What came before it may still wait to be begun, or to be answered.
    has_said_all_ = true;
    return false;
  }
  if (error) {
    close();
    return false;
  }
  if (!is_lingering_) in_.append(buffer.data(), count);
  return count == buffer.size() && in_.size() < kUnusedMax;
}

// --- from bytes to requests

bool Connection::may_begin() const {
  const std::size_t depth = last_answer_ > kLongAnswer ? 1 : kDepth;
  return places_.size() < depth && out_.size() - written_ < kUnsentMax;
}

void Connection::work() {
  std::size_t used = 0;
  bool wants_more = false;
  while (!wants_more && !is_ending_ && (has_plan_ || may_begin())) {
    wants_more = !take_step(used);
  }
  if (wants_more && has_said_all_) is_ending_ = true;
  if (is_ending_) used = in_.size();
  in_.erase(0, used);
  if (in_.empty() && in_.capacity() > kUnusedMax) in_.shrink_to_fit();
  end_if_over();
}

// Whether there may be another one to take.
bool Connection::take_step(std::size_t& used) {
  const bool was_inside = parser_.is_inside();
  const auto fed = parser_.feed(std::string_view(in_).substr(used));
  used += fed.used;
  if (!was_inside && parser_.is_inside()) since_ = room_->now();
  switch (fed.step) {
    case RequestParser::Step::more:
      if (has_plan_ && continue_due_ && places_.empty()) {
        continue_due_ = false;
        constexpr std::string_view kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";
        if (out_.empty()) out_since_ = room_->now();
        out_ += kGoOn;
        room_->add_unsent(kGoOn.size());
        write_soon();
      }
      return false;
    case RequestParser::Step::head:
      head_came();
      return true;
    case RequestParser::Step::done:
      request_came();
      return true;
    case RequestParser::Step::refused:
      refuse(parser_.refusal());
      return false;
  }
  return false;
}

void Connection::head_came() {
  const HttpRequest& request = parser_.request();
  plan_ = room_->service().plan(request);
  has_plan_ = true;
  since_ = room_->now();
  parser_.expect_body(plan_.body_bytes_max);
  if (!request.has_body) return;
  // Nobody wants the body: the connection is worth less than reading it.
  const std::size_t bytes = std::min<std::uint64_t>(
      request.length.value_or(plan_.body_bytes_max), plan_.body_bytes_max);
  const bool is_long = bytes > kShortBody;
  if (plan_.refused && (is_long || request.expects_continue)) {
    return refuse(*plan_.refused);
  }
  if (is_long && !room_->take_body(bytes)) {
    return refuse({429, "overloaded", "this node receives as much as it has room for"});
  }
  if (is_long) body_taken_ = bytes;
  continue_due_ = request.expects_continue;
}

void Connection::request_came() {
  HttpRequest& request = parser_.request();
  const bool goes_on = request.keep_alive && !room_->is_closing();
  places_.push_back({.is_head = plan_.is_head,
                     .keep_alive = goes_on,
                     .is_1_1 = request.is_1_1,
                     .is_read = plan_.what == What::get});
  if (!goes_on) is_ending_ = true;
  if (!writing_) writing_ = room_->loop().something_to_write();
  // How long its answer will be nobody knows, and once it has written it must be told.
  if (room_->is_full() && plan_.what == What::batch && !plan_.refused) {
    plan_.refused = not_read();
  }
  const std::uint64_t number = first_ + places_.size() - 1;
  has_plan_ = false;
  continue_due_ = false;
  room_->service().carry_out(std::move(plan_), request,
                             [self = shared_from_this(), number](Answer answer) {
                               self->answered(number, std::move(answer));
                             });
  parser_.next();
  give_back_body();
  since_ = room_->now();
}

void Connection::refuse(const Refusal& why) {
  places_.push_back({.keep_alive = false});
  is_ending_ = true;
  has_plan_ = false;
  if (!writing_) writing_ = room_->loop().something_to_write();
  answered(first_ + places_.size() - 1, answer_of(why));
}

// --- from answers to the socket

void Connection::answered(std::uint64_t number, Answer answer) {
  if (is_closed_) return;
  Place& place = places_[number - first_];
  // Short answers go out also while those hold much who do not read theirs.
  const bool is_over =
      place.is_read && answer.body.size() > kLongAnswer && room_->is_full();
  place.answer = is_over ? answer_of(not_read()) : std::move(answer);
  place.is_ready = true;
  while (!places_.empty() && places_.front().is_ready) {
    put_out(places_.front());
    places_.pop_front();
    ++first_;
  }
  write_soon();
}

void Connection::put_out(Place& place) {
  if (out_.empty()) out_since_ = room_->now();
  const std::size_t before = out_.size();
  append_answer(out_, place.answer,
                {.is_head = place.is_head,
                 .keep_alive = place.keep_alive,
                 .is_1_1 = place.is_1_1,
                 .date = room_->date()});
  last_answer_ = out_.size() - before;
  room_->add_unsent(last_answer_);
}

void Connection::write_soon() {
  if (std::exchange(write_due_, true)) return;
  room_->loop().after_turn([self = shared_from_this()] {
    self->write_due_ = false;
    self->write();
    // What was held back may have its turn now.
    if (!self->is_closed_ && !self->is_lingering_) {
      self->work();
      self->wait_to_read();
    }
  });
}

void Connection::write() {
  if (is_closed_ || is_writing_) return;
  while (written_ < out_.size()) {
    error_code error;
    const std::size_t count = socket_.write_some(asio::buffer(out_) + written_, error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      return wait_to_write();
    }
    if (error) return close();
    written_ += count;
    taken_at_ = room_->now();
    room_->sent(count);
  }
  written_ = 0;
  out_.clear();
  if (out_.capacity() > kLongAnswer) out_.shrink_to_fit();
  if (places_.empty()) writing_.reset();
}

void Connection::wait_to_write() {
  is_writing_ = true;
  socket_.async_wait(Room::Tcp::socket::wait_write,
                     [self = shared_from_this()](error_code error) {
                       self->is_writing_ = false;
                       if (error) return self->close();
                       self->write_soon();
                     });
}

// --- its end

void Connection::end_if_over() {
  if (is_ending_ && places_.empty() && out_.empty()) linger();
}

void Connection::linger() {
  if (is_closed_ || std::exchange(is_lingering_, true)) return;
  error_code failed;
  socket_.shutdown(Room::Tcp::socket::shutdown_send, failed);
  if (failed) return close();
  since_ = room_->now();
  in_.clear();
  wait_to_read();
}

bool Connection::is_over(Time since, std::chrono::milliseconds patience,
                         std::size_t moved) const {
  const std::chrono::seconds earned(moved / room_->options().bytes_per_second_min);
  return room_->now() > since + patience + earned;
}

void Connection::look_at_clock() {
  const DoorOptions& options = room_->options();
  if (is_lingering_) {
    if (is_over(since_, kLinger, 0)) close();
    return;
  }
  // The system's own buffers take much at once: that is not a client that reads.
  const bool is_stuck = is_over(std::max(out_since_, taken_at_), options.patience, 0);
  if (!out_.empty() && (is_stuck || is_over(out_since_, options.patience, written_))) {
    return close();
  }
  if (!places_.empty() || !out_.empty()) {
    // It waits for us, not we for it.
    since_ = room_->now();
    return;
  }
  if (has_plan_) {
    if (!is_over(since_, options.patience, parser_.request().body.size())) return;
    return refuse({408, "timeout", "the body did not come in time"});
  }
  if (parser_.is_inside()) {
    if (!is_over(since_, options.head, 0)) return;
    return refuse({408, "timeout", "the head of the request did not come in time"});
  }
  if (is_over(since_, options.idle, 0)) close();
}

}  // namespace kv::http
