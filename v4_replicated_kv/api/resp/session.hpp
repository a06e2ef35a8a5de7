// What one client has asked, and not been told yet.
//
//   bytes --> commands --> requests to the store, many at a time --> replies, in any order
//                              |                                          |
//             at most so many  +--> [ slot | slot | slot ] <--------------+
//                                     front: written out as soon as it is known
//
// Idea      a client that sends many commands at once wants them done together, and told in
//           order. So each begins as it comes, and its answer waits for those before it.
// Breaks if  two commands of one client on one key are under way together where the store may
//            turn them round: SET then GET, and the GET sees what was before. A command waits
//            for those of its own client on the same key. Where there is a single copy of
//            registers, that does everything in the order it comes: only DEL, which reads
//            and then writes, is waited for.
// Breaks if  what a client does not read is kept for it: nothing begins while so much waits
//            to be written.
// Threads   the loop's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "v4_replicated_kv/api/resp/command_reader.hpp"
#include "v4_replicated_kv/api/resp/many.hpp"
#include "v4_replicated_kv/api/resp/order.hpp"
#include "v4_replicated_kv/runtime/client_port.hpp"

namespace kv::resp {

struct SessionLimits {
  CommandLimits command{};
  std::size_t asks = 1024;                             // requests under way
  std::size_t output_bytes = std::size_t{1} << 20;     // before nothing more begins
  std::size_t under_way_bytes = std::size_t{8} << 20;  // that reads are expected to find
  std::size_t answer_bytes = std::size_t{64} << 20;    // of MGET
};

// Requests under way of all connections together. The node refuses what is above its own
// limit, and a client that only sent many commands at once has done nothing wrong: it waits.
// And bytes that their clients have not read: above the most, long replies are refused. And
// bytes of long commands that are not all there: above the most, they are.
struct AskBudget {
  std::size_t most = 0;
  std::size_t open = 0;
  std::size_t held_bytes_max = 0;  // of each of the two:
  std::size_t held_bytes = 0;
  std::size_t arriving_bytes = 0;
  std::function<void()> freed{};  // by a client that left: nobody else says so
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  // `has_work` is called when there is something for go_on(), or to write; perhaps again.
  Session(ClientPort& port, const SessionLimits& limits,
          std::shared_ptr<AskBudget> budget, std::function<void()> has_work,
          std::function<std::size_t()> connections);

  // What the client sent; not while wants_input() is false.
  void take(std::string_view bytes);

  // Begins what may begin now: once a turn, and when output was written.
  void go_on();

  // What is to be written; whoever writes takes it.
  [[nodiscard]] std::string& output() { return out_; }
  // Counts what it holds of replies, and so many bytes of them that are being written.
  void count_held(std::size_t being_written);

  [[nodiscard]] bool wants_input() const { return !ends_ && !is_blocked_; }
  // A command has begun to come, and is not all there.
  [[nodiscard]] bool waits_for_rest() const {
    return wants_input() && input_.size() > input_at_;
  }
  // It would go on, if others had not taken all there is of the budget.
  [[nodiscard]] bool is_starved() const {
    return is_blocked_ && !is_left_ && budget_->open >= budget_->most;
  }
  // All that was asked is answered.
  [[nodiscard]] bool is_idle() const { return slots_.empty() && !held_; }
  // It takes no more commands, as the client said or did what ends it.
  [[nodiscard]] bool ends() const { return ends_; }
  // It ended because what came is no command.
  [[nodiscard]] bool is_broken() const { return is_broken_; }
  // No commands are taken any more; those that have begun are answered.
  void end();
  // Nobody is there to be answered.
  void leave();

 private:
  struct Slot {
    Shape shape;
    bool is_done = false;
    std::uint8_t bucket = 0;
    std::string text{};
    std::unique_ptr<Many> many{};
    std::vector<ValueLoan> loans{};  // of what waits in it
  };
  using SlotId = std::uint32_t;

  void read_input();
  void read_from(std::string_view& bytes);
  // False where it has to wait; then it is held, or its parts begin later.
  [[nodiscard]] bool begin(Order order);
  [[nodiscard]] bool begin_one(Order& order);
  void answer_at_once(std::string text);
  // Whether all parts of the newest command have begun.
  [[nodiscard]] bool begin_parts();
  [[nodiscard]] bool may_take_command() const;
  [[nodiscard]] bool may_ask() const;
  void ask(SlotId slot, std::uint32_t part, Request request);

  void replied(SlotId id, std::uint32_t part, Reply reply);
  void replied_to_part(SlotId id, std::uint32_t part, Reply& reply);
  void answered(SlotId id);
  void refuse_if_over(std::string& text, std::size_t from);
  void has_read(std::size_t bytes);
  void count_arriving();
  void refuse_if_too_much_arrives();
  void break_off(std::string_view why);

  [[nodiscard]] static std::uint8_t bucket_of(std::string_view key);
  [[nodiscard]] bool may_begin(Shape shape, std::uint8_t bucket) const;
  void lock(Shape shape, std::uint8_t bucket);
  void unlock(Shape shape, std::uint8_t bucket);

  ClientPort& port_;
  SessionLimits limits_;
  std::shared_ptr<AskBudget> budget_;
  std::function<void()> has_work_;
  std::function<std::size_t()> connections_;
  bool writes_keep_order_;  // a node applies them as they come
  CommandReader reader_;
  std::string input_;               // what was not understood yet,
  std::size_t input_at_ = 0;        // from here on
  std::size_t arriving_bytes_ = 0;  // as counted in the budget
  std::string out_;
  std::deque<Slot> slots_;
  SlotId front_ = 0;
  std::size_t text_bytes_ = 0;  // of answers that wait for those before them
  std::size_t held_bytes_ = 0;  // as counted in the budget
  std::size_t asks_ = 0;
  std::size_t reads_ = 0;    // of them
  std::size_t erasing_ = 0;  // keys, of DEL
  // Of a read's reply. Few are asked at first, as nobody knows how long they are.
  std::size_t expected_bytes_ = std::size_t{512} << 10;
  std::optional<Order> held_;  // a command that waits for others on its key
  bool is_blocked_ = false;
  bool ends_ = false;
  bool is_broken_ = false;
  bool is_left_ = false;
  // How many are under way, by the key's hash: two keys of one bucket wait for each other.
  std::array<std::uint16_t, 256> reading_{};
  std::array<std::uint16_t, 256> writing_{};
};

}  // namespace kv::resp
