// One HTTP request after the other, to whichever server.
//
// Idea      a connection is kept for the next request to the same server. libcurl does it,
//           and knows more of HTTP than a client of a store should.
// Threads   one at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "v4_replicated_kv/client/failure.hpp"

namespace kv {

struct HttpCall {
  std::string method = "GET";
  std::string url{};
  std::vector<std::string> headers{};  // "Name: value"
  std::optional<std::string> body{};
  std::chrono::milliseconds timeout{5000};  // from the first byte to the last
};

struct HttpAnswer {
  int status = 0;
  std::string content_type{};
  std::string context{};  // the header X-Context
  std::string body{};
};

class HttpConnection {
 public:
  HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;
  HttpConnection(HttpConnection&&) noexcept;
  HttpConnection& operator=(HttpConnection&&) noexcept;
  ~HttpConnection();

  // Whatever the server answers. A Failure with the status 0 where it does not answer in
  // time, or says more than kHttpAnswerBytesMax: `is_unknown` unless nobody was reached.
  [[nodiscard]] Answered<HttpAnswer> send(const HttpCall& call);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

// The longest value in base64, and what is around it.
inline constexpr std::size_t kHttpAnswerBytesMax = std::size_t{32} << 20;

// Bytes as one piece of a URL: all but letters, digits and -._~ are %XX.
[[nodiscard]] std::string url_piece(std::string_view bytes);

}  // namespace kv
