#include "v4_replicated_kv/transport/grpc/packet_stream.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace kv {

namespace {

// A stream reads on while less than this waits for the loop.
constexpr std::size_t kWaitingMax = std::size_t{1} << 20;

// Strangers that the loop has not looked at yet.
constexpr std::size_t kEventsMax = 65536;

}  // namespace

bool StreamInbox::push(StreamEvent event) {
  const std::scoped_lock lock(mutex_);
  const bool is_stranger = event.what == StreamEvent::What::accepted;
  if (is_closed_ || (is_stranger && events_.size() > kEventsMax)) return false;
  events_.push_back(std::move(event));
  // With the lock: once close() has returned, nobody touches the loop.
  if (!std::exchange(is_posted_, true)) {
    boost::asio::post(io_, [self = shared_from_this()] { self->work_off(); });
  }
  return true;
}

void StreamInbox::work_off() {
  std::vector<StreamEvent> events;
  {
    const std::scoped_lock lock(mutex_);
    is_posted_ = false;
    events.swap(events_);
  }
  for (StreamEvent& event : events) {
    // Only this thread closes it, perhaps in the middle of this.
    if (is_closed_) {
      if (event.what == StreamEvent::What::accepted) {
        event.stream->end({grpc::StatusCode::UNAVAILABLE, "this node stops"});
      }
      continue;
    }
    take_(event);
  }
}

void StreamInbox::close() {
  std::vector<StreamEvent> events;
  {
    const std::scoped_lock lock(mutex_);
    is_closed_ = true;
    events.swap(events_);
  }
  for (const StreamEvent& event : events) {
    if (event.what != StreamEvent::What::accepted) continue;
    event.stream->end({grpc::StatusCode::UNAVAILABLE, "this node stops"});
  }
}

void PacketStream::read() {
  const std::scoped_lock lock(mutex_);
  if (!is_dead_) begin_read();
}

void PacketStream::taken(std::size_t bytes) {
  const std::scoped_lock lock(mutex_);
  waiting_ -= bytes;
  if (is_dead_ || !is_paused_ || waiting_ >= kWaitingMax) return;
  is_paused_ = false;
  begin_read();
}

void PacketStream::write(std::string frames) {
  const std::scoped_lock lock(mutex_);
  if (is_dead_) return;
  is_writing_ = true;
  begin_write(std::move(frames));
}

void PacketStream::end(const grpc::Status& status) {
  end_once({.status = status});
}

void PacketStream::end_once(End end) {
  {
    const std::scoped_lock lock(mutex_);
    if (std::exchange(is_dead_, true)) return;
    end.is_writing = is_writing_;
  }
  give_up(end);
}

void PacketStream::has_read(bool is_ok, std::string frames) {
  if (!is_ok) return broke();
  const std::size_t bytes = frames.size();
  {
    const std::scoped_lock lock(mutex_);
    waiting_ += bytes;
  }
  const bool is_wanted =
      inbox_->push({StreamEvent::What::came, shared_from_this(), std::move(frames), {}});
  if (!is_wanted) return end({grpc::StatusCode::UNAVAILABLE, "this node stops"});
  const std::scoped_lock lock(mutex_);
  if (is_dead_) return;
  if (waiting_ >= kWaitingMax) {
    is_paused_ = true;
  } else {
    begin_read();
  }
}

void PacketStream::has_written(bool is_ok) {
  {
    const std::scoped_lock lock(mutex_);
    is_writing_ = false;
  }
  if (!is_ok) return broke();
  // Where nobody takes it, the stream is ended by whoever closed the inbox.
  static_cast<void>(
      inbox_->push({StreamEvent::What::written, shared_from_this(), {}, {}}));
}

void PacketStream::has_ended(const grpc::Status& status) {
  static_cast<void>(
      inbox_->push({StreamEvent::What::ended, shared_from_this(), {}, status}));
}

}  // namespace kv
