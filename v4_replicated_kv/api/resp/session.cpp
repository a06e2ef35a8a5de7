#include "v4_replicated_kv/api/resp/session.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/hash/functions.hpp"
#include "v4_replicated_kv/api/resp/answer_text.hpp"
#include "v4_replicated_kv/api/resp/reply_text.hpp"
#include "v4_replicated_kv/runtime/clocks.hpp"

namespace kv::resp {

namespace {

constexpr std::size_t kLongReply = std::size_t{64} << 10;

// What came of a shorter command takes no room from others.
constexpr std::size_t kLongCommand = std::size_t{64} << 10;

// Nobody knows how long the next reply is, however short the last ones were.
constexpr std::size_t kExpectedLeast = std::size_t{128} << 10;

// What a reply that is not for several parts comes to.
void append_reply(std::string& out, Shape shape, const Reply& reply) {
  if (shape == Shape::get) return append_value(out, reply, wall_time());
  if (reply.outcome != Outcome::ok) {
    return append_error(out, failure_of(reply, is_write(shape)));
  }
  if (shape == Shape::put) {
    out += kOk;
    return;
  }
  const std::int64_t ms = time_left(reply, wall_time());
  append_number(out, shape == Shape::pttl || ms < 0 ? ms : (ms + 500) / 1000);
}

}  // namespace

Session::Session(ClientPort& port, const SessionLimits& limits,
                 std::shared_ptr<AskBudget> budget, std::function<void()> has_work,
                 std::function<std::size_t()> connections)
    : port_(port),
      limits_(limits),
      budget_(std::move(budget)),
      has_work_(std::move(has_work)),
      connections_(std::move(connections)),
      writes_keep_order_(port.ring().table.copies() == 1 &&
                         port.ring().policy == Policy::last_write_wins),
      reader_(limits.command) {}

void Session::take(std::string_view bytes) {
  if (!wants_input()) return;
  if (input_.size() > input_at_) {
    input_.append(bytes);
    read_input();
  } else {
    // Most commands come whole, and are read where they are.
    read_from(bytes);
    if (!ends_) input_.assign(bytes);
    input_at_ = 0;
  }
  count_arriving();
  refuse_if_too_much_arrives();
}

void Session::read_input() {
  std::string_view bytes = std::string_view(input_).substr(input_at_);
  read_from(bytes);
  if (ends_) return;
  input_at_ = input_.size() - bytes.size();
  if (bytes.empty() && input_.capacity() > kLongCommand) input_ = {};
  if (input_at_ < input_.size() / 2) return;
  input_.erase(0, input_at_);
  input_at_ = 0;
  // What is counted is what came, so the room of what came before must not stay.
  const bool is_roomy = input_.size() < input_.capacity() / 4;
  if (is_roomy && input_.capacity() > kLongCommand) input_.shrink_to_fit();
}

void Session::count_arriving() {
  const std::size_t now = input_.size() > kLongCommand ? input_.size() : 0;
  budget_->arriving_bytes += now - std::exchange(arriving_bytes_, now);
}

// Whoever sends more than there is room for loses its connection: the rest of the command
// would have to be read all the same, to find where the next begins.
void Session::refuse_if_too_much_arrives() {
  if (ends_ || arriving_bytes_ == 0) return;
  if (budget_->arriving_bytes <= budget_->held_bytes_max) return;
  break_off("OVERLOADED this node receives as much as it has room for: try again");
}

// Answers, and understands nothing more.
void Session::break_off(std::string_view why) {
  answer_at_once(error_text(why));
  is_broken_ = true;
  end();
}

// Takes commands off the front.
void Session::read_from(std::string_view& bytes) {
  while (!ends_) {
    is_blocked_ = !may_take_command();
    if (is_blocked_) return;
    const CommandReader::Step step = reader_.next(bytes);
    if (step == CommandReader::Step::more) return;
    if (step == CommandReader::Step::broken) {
      return break_off("ERR " + reader_.what());
    }
    bytes.remove_prefix(reader_.bytes_read());
    if (reader_.arguments().empty()) continue;
    Order order = order_of(reader_.arguments());
    const bool closes = order.closes;
    is_blocked_ = !begin(std::move(order));
    if (closes) return end();
    if (is_blocked_) return;
  }
}

void Session::go_on() {
  if (is_left_ || !is_blocked_) return;
  if (held_) {
    if (!may_ask() || !begin_one(*held_)) return;
    held_.reset();
  }
  if (!slots_.empty() && slots_.back().many && !begin_parts()) return;
  is_blocked_ = false;
  read_input();
  count_arriving();
}

bool Session::begin(Order order) {
  switch (order.shape) {
    case Shape::text:
      answer_at_once(std::move(order.text));
      return true;
    case Shape::info:
      answer_at_once(string_text(info_text(port_.stats(), connections_())));
      return true;
    case Shape::get:
    case Shape::put:
    case Shape::ttl:
    case Shape::pttl:
      if (begin_one(order)) return true;
      held_ = std::move(order);
      return false;
    default:
      slots_.push_back({.shape = order.shape});
      slots_.back().many = std::make_unique<Many>(std::move(order));
      slots_.back().many->limit(limits_.answer_bytes);
      return begin_parts();
  }
}

bool Session::begin_one(Order& order) {
  const std::uint8_t bucket = bucket_of(order.request.key);
  if (!may_begin(order.shape, bucket)) return false;
  lock(order.shape, bucket);
  slots_.push_back({.shape = order.shape, .bucket = bucket});
  const auto id = front_ + static_cast<SlotId>(slots_.size() - 1);
  ask(id, 0, std::move(order.request));
  return true;
}

bool Session::begin_parts() {
  Many& many = *slots_.back().many;
  const auto id = front_ + static_cast<SlotId>(slots_.size() - 1);
  const bool has_keys = many.shape() != Shape::page;
  while (many.has_next()) {
    const std::uint8_t bucket = has_keys ? bucket_of(many.next_key()) : std::uint8_t{0};
    if (!may_ask() || (has_keys && !may_begin(many.shape(), bucket))) return false;
    if (has_keys) lock(many.shape(), bucket);
    Many::Begun begun = many.begin_next(bucket);
    ask(id, begun.part, std::move(begun.request));
  }
  return true;
}

void Session::answer_at_once(std::string text) {
  if (slots_.empty()) {
    out_ += text;
  } else {
    text_bytes_ += text.size();
    slots_.push_back({.shape = Shape::text, .is_done = true, .text = std::move(text)});
  }
  has_work_();
}

bool Session::may_take_command() const {
  return slots_.size() < limits_.asks && text_bytes_ < limits_.output_bytes && may_ask();
}

// Large values are read fewer at a time.
bool Session::may_ask() const {
  const std::size_t reads_most =
      std::max<std::size_t>(limits_.under_way_bytes / expected_bytes_, 1);
  return asks_ < limits_.asks && reads_ < reads_most && budget_->open < budget_->most &&
         out_.size() < limits_.output_bytes;
}

void Session::has_read(std::size_t bytes) {
  --reads_;
  expected_bytes_ =
      std::max({bytes, expected_bytes_ - expected_bytes_ / 8, kExpectedLeast});
}

void Session::ask(SlotId slot, std::uint32_t part, Request request) {
  ++asks_;
  ++budget_->open;
  const bool reads = request.verb == Verb::get || request.verb == Verb::list;
  if (reads) ++reads_;
  port_.ask(std::move(request),
            [self = shared_from_this(), slot, part, reads](Reply reply) {
              if (reads) self->has_read(value_bytes(reply.state));
              self->replied(slot, part, std::move(reply));
            });
}

void Session::replied(SlotId id, std::uint32_t part, Reply reply) {
  --asks_;
  --budget_->open;
  if (is_left_) return budget_->freed();
  Slot& slot = slots_[id - front_];
  if (slot.many) {
    replied_to_part(id, part, reply);
  } else {
    unlock(slot.shape, slot.bucket);
    slot.loans = std::move(reply.loans);
    std::string& text = id == front_ ? out_ : slot.text;
    const std::size_t from = text.size();
    append_reply(text, slot.shape, reply);
    refuse_if_over(text, from);
    answered(id);
  }
  has_work_();
}

void Session::replied_to_part(SlotId id, std::uint32_t part, Reply& reply) {
  Slot& slot = slots_[id - front_];
  Many& many = *slot.many;
  if (many.shape() == Shape::get_many) {
    std::ranges::move(reply.loans, std::back_inserter(slot.loans));
  }
  if (auto next = many.take(part, reply, wall_time())) {
    return ask(id, part, *std::move(next));
  }
  if (many.shape() != Shape::page) unlock(many.shape(), many.bucket(part));
  if (!many.is_done()) return;
  std::string& text = id == front_ ? out_ : slot.text;
  const std::size_t from = text.size();
  many.append_answer(text);
  refuse_if_over(text, from);
  answered(id);
}

// What is long was read, and can be read again.
void Session::refuse_if_over(std::string& text, std::size_t from) {
  const std::size_t bytes = text.size() - from;
  if (bytes <= kLongReply) return;
  if (budget_->held_bytes <= budget_->held_bytes_max) {
    held_bytes_ += bytes;
    budget_->held_bytes += bytes;
    return;
  }
  text.resize(from);
  text.shrink_to_fit();
  append_error(text, "OVERLOADED clients do not read their answers");
}

void Session::count_held(std::size_t being_written) {
  const std::size_t now = is_left_ ? 0 : being_written + out_.size() + text_bytes_;
  budget_->held_bytes += now - std::exchange(held_bytes_, now);
}

// The answer goes out once those before it have.
void Session::answered(SlotId id) {
  Slot& answered = slots_[id - front_];
  answered.is_done = true;
  text_bytes_ += answered.text.size();
  while (!slots_.empty() && slots_.front().is_done) {
    out_ += slots_.front().text;
    text_bytes_ -= slots_.front().text.size();
    slots_.pop_front();
    ++front_;
  }
}

std::uint8_t Session::bucket_of(std::string_view key) {
  return static_cast<std::uint8_t>(xxh3(key));
}

// A read is answered from what is there, and may be before a write that came earlier. DEL is
// two steps, whatever the cluster is like, of which the first is a read.
bool Session::may_begin(Shape shape, std::uint8_t bucket) const {
  if (!is_write(shape)) return writing_[bucket] == 0;
  if (reading_[bucket] > 0) return false;
  const bool has_erase = shape == Shape::erase || erasing_ > 0;
  return writing_[bucket] == 0 || (writes_keep_order_ && !has_erase);
}

void Session::lock(Shape shape, std::uint8_t bucket) {
  if (shape == Shape::erase) ++erasing_;
  ++(is_write(shape) ? writing_ : reading_)[bucket];
}

void Session::unlock(Shape shape, std::uint8_t bucket) {
  if (shape == Shape::erase) --erasing_;
  --(is_write(shape) ? writing_ : reading_)[bucket];
}

void Session::end() {
  ends_ = true;
  input_ = {};
  input_at_ = 0;
  count_arriving();
}

void Session::leave() {
  is_left_ = true;
  held_.reset();
  end();
  count_held(0);
}

}  // namespace kv::resp
