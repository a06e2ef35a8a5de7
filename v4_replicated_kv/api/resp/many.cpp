#include "v4_replicated_kv/api/resp/many.hpp"

#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/api/resp/answer_text.hpp"
#include "v4_replicated_kv/api/resp/glob.hpp"
#include "v4_replicated_kv/api/resp/reply_text.hpp"

namespace kv::resp {

Many::Many(Order order)
    : shape_(order.shape),
      parts_(std::move(order.parts)),
      pattern_(std::move(order.pattern)) {
  if (shape_ == Shape::page) parts_.push_back(std::move(order.request));
  if (shape_ == Shape::get_many) values_.resize(parts_.size());
}

Many::Begun Many::begin_next(std::uint8_t bucket) {
  const std::size_t part = next_++;
  ++open_;
  buckets_.push_back(bucket);
  Request& request = parts_[part];
  // A key that is deleted is asked for twice.
  const bool comes_again = shape_ == Shape::erase;
  return {.part = static_cast<std::uint32_t>(part),
          .request = comes_again ? request : std::move(request)};
}

std::optional<Request> Many::take(std::uint32_t part, Reply& reply, WallMs now) {
  if (reply.outcome != Outcome::ok) {
    failed(part, reply);
    --open_;
    return std::nullopt;
  }
  if (shape_ == Shape::erase && parts_[part].verb == Verb::get) {
    if (values_in(reply, now) > 0) ++count_;
    parts_[part].verb = Verb::erase;
    return std::move(parts_[part]);
  }
  --open_;
  ++ok_;
  if (shape_ == Shape::get_many) take_value(part, reply, now);
  if (shape_ == Shape::count && values_in(reply, now) > 0) ++count_;
  if (shape_ == Shape::page) take_page(reply);
  return std::nullopt;
}

void Many::failed(std::uint32_t part, const Reply& reply) {
  const bool was_write = parts_[part].verb != Verb::get && is_write(shape_);
  is_unknown_ = is_unknown_ || (was_write && reply.outcome == Outcome::unknown);
  if (error_.empty()) error_ = failure_of(reply, was_write);
}

void Many::take_value(std::uint32_t part, const Reply& reply, WallMs now) {
  if (is_given_up_) return;
  const std::size_t values = values_in(reply, now);
  if (values > 1 && error_.empty()) error_ = siblings_error(values);
  append_value(values_[part], reply, now);
  bytes_ += values_[part].size();
  if (bytes_ <= bytes_max_) return;
  values_.clear();
  is_given_up_ = true;
  error_ = "ERR the values together are too large for an answer: ask for fewer";
}

void Many::take_page(Reply& reply) {
  if (reply.next) cursor_ = reply.next->raw();
  for (std::string& key : reply.keys) {
    if (!pattern_ || matches(*pattern_, key)) values_.push_back(std::move(key));
  }
}

void Many::append_answer(std::string& out) const {
  if (!error_.empty()) {
    const bool some_are_written = is_write(shape_) && (is_unknown_ || ok_ > 0);
    if (!some_are_written || parts_.size() == 1) return append_error(out, error_);
    return append_error(out,
                        fmt::format("UNKNOWN {} of {} keys were changed; of the first "
                                    "other: {}",
                                    ok_, parts_.size(), error_));
  }
  switch (shape_) {
    case Shape::get_many:
      append_array(out, values_.size());
      for (const std::string& value : values_) out += value;
      return;
    case Shape::page:
      append_array(out, 2);
      append_string(out, fmt::to_string(cursor_));
      append_array(out, values_.size());
      for (const std::string& key : values_) append_string(out, key);
      return;
    case Shape::put_many:
      out += kOk;
      return;
    default:
      append_number(out, count_);
  }
}

}  // namespace kv::resp
