// A command of several requests, or one whose answer takes more than a reply's words: MGET,
// MSET, EXISTS, DEL and SCAN.
//
// Idea      the parts are requests of their own, each with its own outcome; what is said of
//           all of them together is the worst that can be true.
// Breaks if  a part that failed is reported as if none had been written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "v4_replicated_kv/api/resp/order.hpp"
#include "v4_replicated_kv/replication/request.hpp"
#include "v4_replicated_kv/types.hpp"

namespace kv::resp {

class Many {
 public:
  explicit Many(Order order);

  [[nodiscard]] Shape shape() const { return shape_; }

  // The parts that are still to begin, one after the other.
  [[nodiscard]] bool has_next() const { return next_ < parts_.size() && !is_given_up_; }
  [[nodiscard]] const std::string& next_key() const { return parts_[next_].key; }
  struct Begun {
    std::uint32_t part;
    Request request;
  };
  // `bucket` is the caller's, and comes back.
  [[nodiscard]] Begun begin_next(std::uint8_t bucket);
  [[nodiscard]] std::uint8_t bucket(std::uint32_t part) const { return buckets_[part]; }

  // A part's reply. What has to be asked next, as the same part, or nothing: it is done.
  [[nodiscard]] std::optional<Request> take(std::uint32_t part, Reply& reply, WallMs now);

  // No more is remembered of its values than `bytes_max`.
  void limit(std::size_t bytes_max) { bytes_max_ = bytes_max; }

  [[nodiscard]] bool is_done() const { return open_ == 0 && !has_next(); }
  void append_answer(std::string& out) const;

 private:
  void failed(std::uint32_t part, const Reply& reply);
  void take_value(std::uint32_t part, const Reply& reply, WallMs now);
  void take_page(Reply& reply);

  Shape shape_;
  std::vector<Request> parts_;
  std::vector<std::uint8_t> buckets_;
  std::optional<std::string> pattern_;
  std::size_t next_ = 0;
  std::size_t open_ = 0;
  std::size_t ok_ = 0;
  std::int64_t count_ = 0;
  std::vector<std::string> values_;
  std::size_t bytes_ = 0;
  std::size_t bytes_max_ = SIZE_MAX;
  std::uint64_t cursor_ = 0;
  bool is_given_up_ = false;
  bool is_unknown_ = false;
  std::string error_;  // the first
};

}  // namespace kv::resp
