// One stream of packets, between gRPC's threads and the loop's.
//
//   gRPC's threads --- StreamInbox ---> the loop      a packet came, one is written, it ended
//   the loop       --- write(), taken(), end() ---> gRPC
//
// Idea      whatever gRPC says goes through an inbox that wakes the loop once, however much it
//           is; whatever the loop wants it says to the stream, which knows whether gRPC may
//           still be asked.
// Breaks if  the next packet is read while those before it wait: a loop that is busy would
//            find all that its peers could send. So a stream reads on only up to a bound, and
//            then HTTP/2's own flow control holds the peer.
// Breaks if  anything is begun on a stream that gRPC has given up: so that is asked, and
//            begun, with a lock held.
// Threads   read() and the rest of the loop's half: its thread. The reactor's half: gRPC's.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <grpcpp/support/status.h>

namespace kv {

class GrpcWire;
class PacketStream;

struct StreamEvent {
  enum class What { accepted, came, written, ended };
  What what{};
  std::shared_ptr<PacketStream> stream;
  std::string frames{};   // that came
  grpc::Status status{};  // that it ended with
};

// Streams hold it, so it may outlive whoever works it off.
class StreamInbox : public std::enable_shared_from_this<StreamInbox> {
 public:
  using Take = std::function<void(StreamEvent&)>;

  // `take` is called on the thread that runs `io`, until close().
  StreamInbox(boost::asio::io_context& io, Take take) : io_(io), take_(std::move(take)) {}

  // False where nobody takes it any more, or so much waits that a stranger has to.
  [[nodiscard]] bool push(StreamEvent event);

  // On the loop's thread. Streams that were accepted and not taken yet end.
  void close();

 private:
  void work_off();

  boost::asio::io_context& io_;
  Take take_;
  std::mutex mutex_;
  std::vector<StreamEvent> events_;
  bool is_posted_ = false;
  bool is_closed_ = false;
};

class PacketStream : public std::enable_shared_from_this<PacketStream> {
 public:
  explicit PacketStream(std::shared_ptr<StreamInbox> inbox) : inbox_(std::move(inbox)) {}
  PacketStream(const PacketStream&) = delete;
  PacketStream& operator=(const PacketStream&) = delete;
  virtual ~PacketStream() = default;

  // Begins to read.
  void read();
  // So many bytes that came are done with.
  void taken(std::size_t bytes);
  // The one before is written.
  void write(std::string frames);
  // What the other side is told, if it is this side that was dialled.
  void end(const grpc::Status& status);

  std::weak_ptr<GrpcWire> wire;  // the loop's own

 protected:
  struct End {
    grpc::Status status;      // for the other side
    bool is_broken = false;   // gRPC said so, and not this side
    bool is_writing = false;  // a write is under way
  };

  // With the lock held, on a stream that lives.
  virtual void begin_read() = 0;
  virtual void begin_write(std::string frames) = 0;
  // Once, without it; nothing is begun afterwards.
  virtual void give_up(const End& end) = 0;

  // What gRPC says.
  void has_read(bool is_ok, std::string frames);
  void has_written(bool is_ok);
  void broke() {
    end_once({.status = {grpc::StatusCode::CANCELLED, "the other side is gone"},
              .is_broken = true});
  }
  void has_ended(const grpc::Status& status);

  // It lives until gRPC is done with it.
  std::shared_ptr<PacketStream> self_;

 private:
  void end_once(End end);

  std::shared_ptr<StreamInbox> inbox_;
  std::mutex mutex_;
  std::size_t waiting_ = 0;  // bytes that came and are not taken yet
  bool is_paused_ = false;
  bool is_writing_ = false;
  bool is_dead_ = false;
};

}  // namespace kv
