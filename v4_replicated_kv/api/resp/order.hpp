// What a command comes to: an answer that is known already, or requests to the store and what
// is to be made of their replies.
//
// Idea      reading a command needs no connection, no cluster and no time, so all that can be
//           wrong with one is decided here, before anything is asked of the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "v4_replicated_kv/replication/request.hpp"

namespace kv::resp {

enum class Shape : std::uint8_t {
  text,      // `text` is the answer
  info,      // what this node tells of itself
  get,       // the value, or none
  put,       // OK
  ttl,       // seconds left,
  pttl,      // or milliseconds
  get_many,  // an array of them
  put_many,  // OK, if all are there
  count,     // how many keys are there
  erase,     // how many were there: each is read, then deleted
  page,      // where to go on, and keys
};

// Whether it changes anything.
[[nodiscard]] constexpr bool is_write(Shape shape) {
  return shape == Shape::put || shape == Shape::put_many || shape == Shape::erase;
}

struct Order {
  Shape shape = Shape::text;
  bool closes = false;  // the connection ends behind the answer
  std::string text{};
  Request request{};                     // of get, put, ttl, pttl and page
  std::vector<Request> parts{};          // of the others: one a key
  std::optional<std::string> pattern{};  // of a page; without one: all keys
};

// At least one argument. What is not understood comes to an error's text.
[[nodiscard]] Order order_of(std::span<const std::string_view> arguments);

}  // namespace kv::resp
