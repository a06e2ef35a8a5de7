// What a request is answered with, before it is bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "v4_replicated_kv/api/http/refusal.hpp"
#include "v4_replicated_kv/replication/value_room.hpp"

namespace kv::http {

enum class Media : std::uint8_t { json, bytes };

struct Answer {
  int status = 200;
  Media media = Media::json;
  std::string body{};
  std::string context{};           // X-Context; empty: none
  std::string request_id{};        // X-Request-Id, as it was said; empty: none
  std::string_view allow{};        // 405
  unsigned retry_after_s = 0;      // 429
  std::vector<ValueLoan> loans{};  // of values in the body
};

// How an answer goes out on its connection.
struct Framing {
  bool is_head = false;  // the length of the body, but not the body
  bool keep_alive = true;
  bool is_1_1 = true;
  std::string_view date{};  // as of this second
};

// {"error", "code", "http_status"}.
[[nodiscard]] Answer answer_of(const Refusal& refusal);

// Appends the answer as it is sent. What came from a client and goes into a header was let in
// only if it cannot end one.
void append_answer(std::string& out, const Answer& answer, const Framing& framing);

// What HTTP calls a status that answers here have.
[[nodiscard]] std::string_view reason_for(int status);

}  // namespace kv::http
