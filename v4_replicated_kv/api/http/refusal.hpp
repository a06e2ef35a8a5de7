// Why a request is not done, as HTTP says it.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace kv::http {

struct Refusal {
  int status = 400;
  std::string_view code = "bad_request";  // for programs: a word of the contract
  std::string why{};                      // for people: a sentence
  std::string_view allow{};               // 405: the methods that there are
};

template <class T>
using OrRefused = std::expected<T, Refusal>;

// `return refuse("...")` in a function that returns an OrRefused.
[[nodiscard]] inline std::unexpected<Refusal> refuse(int status, std::string_view code,
                                                     std::string why) {
  return std::unexpected(Refusal{.status = status, .code = code, .why = std::move(why)});
}
[[nodiscard]] inline std::unexpected<Refusal> refuse(std::string why) {
  return refuse(400, "bad_request", std::move(why));
}

}  // namespace kv::http
