// A request as it came, with the headers that somebody here looks at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace kv::http {

struct HttpRequest {
  std::string method{};
  std::string target{};
  bool is_1_1 = false;
  bool keep_alive = false;
  bool expects_continue = false;          // waits for leave to send its body
  bool has_body = false;                  // announced
  std::optional<std::uint64_t> length{};  // as announced; none where it comes in chunks
  std::string host{};
  std::string origin{};
  std::string expect{};
  std::string accept{};
  std::string content_type{};
  std::string content_encoding{};  // empty: the body is as it is
  std::string condition{};         // the name of a header that says "only if"
  std::string context{};           // X-Context
  std::string request_id{};        // X-Request-Id
  std::string body{};
};

}  // namespace kv::http
