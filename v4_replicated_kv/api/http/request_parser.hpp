// A connection's bytes as requests, one after the other.
//
//   feed() --> more, more, head --> expect_body() --> feed() --> more, done --> next() --> ...
//
// Idea      the library (Boost.Beast) cuts requests into their parts and puts chunks together.
//           What it would let through and others read otherwise is refused before it sees it
//           (head_scan.hpp, chunk_scan.hpp); how long anything may be is decided here, before
//           it is kept.
// Breaks if  memory is taken for what is only announced: a body grows as it comes.
// Threads   one at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "v4_replicated_kv/api/http/chunk_scan.hpp"
#include "v4_replicated_kv/api/http/head_scan.hpp"
#include "v4_replicated_kv/api/http/http_request.hpp"
#include "v4_replicated_kv/api/http/refusal.hpp"

namespace kv::http {

class RequestParser {
 public:
  enum class Step : std::uint8_t {
    more,     // it takes more bytes to say anything
    head,     // the head is whole: say how long the body may be, and go on
    done,     // so is the request
    refused,  // it cannot be read: answer so, and end the connection
  };
  struct Fed {
    std::size_t used =
        0;  // from the front; whoever feeds keeps the rest, and shows it again
    Step step = Step::more;
  };

  RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();

  // `bytes` begin with what was not used before.
  [[nodiscard]] Fed feed(std::string_view bytes);

  // After Step::head. Where already its announced length is over the limit, it is refused.
  void expect_body(std::size_t bytes_max);

  [[nodiscard]] HttpRequest& request() { return request_; }
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }
  // Whether any of the request has come.
  [[nodiscard]] bool is_inside() const { return is_inside_; }

  // Forgets the request.
  void next();

 private:
  class Reader;  // of the library

  [[nodiscard]] Fed feed_head(std::string_view bytes);
  [[nodiscard]] Fed feed_body(std::string_view bytes);
  [[nodiscard]] std::size_t readable(std::string_view bytes);
  [[nodiscard]] Fed refused(Refusal why);
  void take_head();

  HeadScan scan_;
  ChunkScan chunks_;
  std::size_t looked_ = 0;  // by chunks_, at so many bytes that are not used yet
  HttpRequest request_;
  Refusal refusal_;
  bool has_head_ = false;
  bool is_inside_ = false;
  std::size_t body_bytes_max_ = 0;
  std::unique_ptr<Reader> reader_;
};

}  // namespace kv::http
