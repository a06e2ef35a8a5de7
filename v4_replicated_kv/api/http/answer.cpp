#include "v4_replicated_kv/api/http/answer.hpp"

#include <iterator>

#include <fmt/format.h>

#include "v4_replicated_kv/api/http/json_text.hpp"

namespace kv::http {

std::string_view reason_for(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 300:
      return "Multiple Choices";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Answer";
  }
}

Answer answer_of(const Refusal& refusal) {
  return {.status = refusal.status,
          .body = error_text(refusal),
          .allow = refusal.allow,
          .retry_after_s = refusal.status == 429 ? 1U : 0U};
}

void append_answer(std::string& out, const Answer& answer, const Framing& framing) {
  const auto to = std::back_inserter(out);
  out.reserve(out.size() + 256 + answer.body.size());
  fmt::format_to(
      to, "HTTP/1.1 {} {}\r\nDate: {}\r\nContent-Type: {}\r\n", answer.status,
      reason_for(answer.status), framing.date,
      answer.media == Media::json ? "application/json" : "application/octet-stream");
  fmt::format_to(to, "Content-Length: {}\r\nCache-Control: no-store\r\n",
                 answer.body.size());
  if (answer.media == Media::bytes) out += "X-Content-Type-Options: nosniff\r\n";
  if (!answer.context.empty()) fmt::format_to(to, "X-Context: {}\r\n", answer.context);
  if (!answer.request_id.empty()) {
    fmt::format_to(to, "X-Request-Id: {}\r\n", answer.request_id);
  }
  if (!answer.allow.empty()) fmt::format_to(to, "Allow: {}\r\n", answer.allow);
  if (answer.retry_after_s > 0) {
    fmt::format_to(to, "Retry-After: {}\r\n", answer.retry_after_s);
  }
  if (!framing.keep_alive) {
    out += "Connection: close\r\n";
  } else if (!framing.is_1_1) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
  if (!framing.is_head) out += answer.body;
}

}  // namespace kv::http
