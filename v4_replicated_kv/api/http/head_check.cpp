#include "v4_replicated_kv/api/http/head_check.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/api/http/words.hpp"
#include "v4_replicated_kv/api/request_id.hpp"

namespace kv::http {

namespace {

OrRefused<void> check_request_id(std::string_view id) {
  const bool is_visible =
      std::ranges::all_of(id, [](char c) { return c > ' ' && c < '\x7F'; });
  if (id.size() <= kRequestIdBytesMax && is_visible) return {};
  return refuse(
      fmt::format("X-Request-Id is up to {} visible ASCII letters", kRequestIdBytesMax));
}

OrRefused<void> check_expectation(std::string_view expect) {
  if (expect.empty() || same_word(expect, "100-continue")) return {};
  return refuse(417, "bad_request", "of expectations only 100-continue is understood");
}

OrRefused<void> check_coding(std::string_view coding) {
  if (coding.empty()) return {};
  return refuse(
      415, "bad_request",
      fmt::format("nobody here undoes the Content-Encoding {}: send the body as "
                  "it is",
                  printable(coding)));
}

bool is_write(What what) {
  return what == What::put || what == What::put_named || what == What::erase ||
         what == What::batch;
}

OrRefused<void> check_condition(std::string_view condition, What what) {
  if (condition.empty() || !is_write(what)) return {};
  return refuse(501, "bad_request",
                fmt::format("no write is done here only if {} holds: leave that header "
                            "out, and say by a context what you have seen",
                            printable(condition)));
}

}  // namespace

OrRefused<void> check_head(const HttpRequest& head, What what) {
  for (const auto& checked :
       {check_request_id(head.request_id), check_expectation(head.expect),
        check_coding(head.content_encoding), check_condition(head.condition, what)}) {
    if (!checked) return checked;
  }
  return {};
}

}  // namespace kv::http
