// One client: requests come, answers leave in the same order.
//
//   socket --> in_ --> parser --> plan, carry out --> places_ (in order) --> out_ --> socket
//
// Idea      a client may send its next requests before it has the answers to the last ones.
//           All of them are begun; whatever is ready when the loop's turn is over leaves in
//           one write.
// Breaks if  somebody who does not read is read from: requests become answers, and those
//            wait here. So nothing is begun while much is unsent, and nothing read that could
//            not be begun.
// Breaks if  a socket is closed when bytes have come that nobody read: the system then takes
//            back what was sent last, and the client never sees why. It is left open for a
//            moment, and what comes is thrown away.
// Threads   the loop's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "v4_replicated_kv/api/http/answer.hpp"
#include "v4_replicated_kv/api/http/request_parser.hpp"
#include "v4_replicated_kv/api/http/room.hpp"

namespace kv::http {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Room> room, Room::Tcp::socket socket);

  void begin();
  // There are too many: says so, and ends.
  void turn_away();
  // Ends as soon as nothing is left to answer.
  void finish();
  // Ends now.
  void close();
  // Ends, if it has taken too long over something.
  void look_at_clock();

  // Where it stands among the others of its room.
  std::size_t seat = 0;

 private:
  using Time = Room::Clock::time_point;

  // A request that is to be answered after those before it.
  struct Place {
    bool is_head = false;
    bool keep_alive = true;
    bool is_1_1 = true;
    bool is_ready = false;
    bool is_read = false;  // a get: it can be asked again, whatever became of its answer
    Answer answer{};
  };

  void wait_to_read();
  void read();
  [[nodiscard]] bool take_from_socket();
  void work();
  [[nodiscard]] bool may_begin() const;
  [[nodiscard]] bool take_step(std::size_t& used);
  void head_came();
  void request_came();
  void refuse(const Refusal& why);
  void answered(std::uint64_t number, Answer answer);
  void put_out(Place& place);
  void write_soon();
  void write();
  void wait_to_write();
  void end_if_over();
  void linger();
  void give_back_body();
  [[nodiscard]] bool is_over(Time since, std::chrono::milliseconds patience,
                             std::size_t moved) const;

  std::shared_ptr<Room> room_;
  Room::Tcp::socket socket_;
  RequestParser parser_;
  Plan plan_{};
  std::string in_;  // not used yet
  std::string out_;
  std::size_t written_ = 0;   // of out_
  std::deque<Place> places_;  // the first has number first_
  std::uint64_t first_ = 0;
  std::size_t body_taken_ = 0;  // of the room, for the body that comes
  std::size_t last_answer_ = 0;
  bool has_plan_ = false;
  bool continue_due_ = false;
  bool is_reading_ = false;
  bool is_writing_ = false;    // waits until the socket takes more
  bool write_due_ = false;     // after this turn
  bool is_ending_ = false;     // begins nothing more
  bool has_said_all_ = false;  // nothing more comes from the client
  bool is_lingering_ = false;
  bool is_closed_ = false;
  Time since_;                     // the phase that it is in: idle, head, body
  Time out_since_{};               // out_ is not empty
  Time taken_at_{};                // when the socket last took some of it
  std::shared_ptr<void> writing_;  // held while an answer is due
};

}  // namespace kv::http
