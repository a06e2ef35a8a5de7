// Keys and values, put and got by a client that speaks HTTP.
#pragma once

#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/api/raw_client.hpp"

namespace kv::test {

inline constexpr std::string_view kAccept = "Accept: application/octet-stream\r\n";
inline constexpr std::string_view kSend = "Content-Type: application/octet-stream\r\n";

inline std::string path_of(std::string_view key) {
  return "/api/v1/kv/" + escaped(key);
}

inline HttpAnswer put(RawClient& client, std::string_view key, std::string_view value) {
  return client.ask(request_text("PUT", path_of(key), value, kSend));
}

inline HttpAnswer put_json(RawClient& client, std::string_view key,
                           const nlohmann::json& body) {
  return client.ask(request_text("PUT", path_of(key), body.dump()));
}

inline HttpAnswer get(RawClient& client, std::string_view key) {
  return client.ask(request_text("GET", path_of(key), {}, kAccept));
}

inline nlohmann::json get_json(RawClient& client, std::string_view key) {
  return nlohmann::json::parse(client.ask(request_text("GET", path_of(key))).body);
}

inline std::string all_bytes() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  return bytes;
}

// Every error says the same of itself in its status line and in its body.
inline void check_error(const HttpAnswer& answer, int status, const std::string& code) {
  CAPTURE(answer.body);
  CHECK(answer.status == status);
  const nlohmann::json body = nlohmann::json::parse(answer.body);
  CHECK(body["http_status"] == status);
  CHECK(body["code"] == code);
  CHECK(body["error"].get<std::string>().size() > 10);
}

}  // namespace kv::test
