#include "v4_replicated_kv/client/client.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/types.h>

#include "common/base/check.hpp"
#include "v4_replicated_kv/client/json_answers.hpp"

namespace kv {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kNotFound = 404;
constexpr std::string_view kRawBytes = "application/octet-stream";

std::string path_of(std::string_view key, const std::string& query) {
  return fmt::format("/api/v1/kv/{}{}{}", url_piece(key), query.empty() ? "" : "?",
                     query);
}

class Query {
 public:
  void add(std::string_view name, std::string_view value) {
    text_ += fmt::format("{}{}={}", text_.empty() ? "" : "&", name, url_piece(value));
  }
  void add(const CopiesAsked& asked, std::string_view number) {
    if (!asked.consistency.empty()) add("consistency", asked.consistency);
    if (asked.copies) add(number, std::to_string(*asked.copies));
    if (asked.timeout) add("timeout_ms", std::to_string(asked.timeout->count()));
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Whether another node may know better: this one was not reached, or takes no requests.
bool is_worth_another(const Failure& failure) {
  return failure.http_status == 0 || failure.code == "not_ready" ||
         failure.code == "overloaded";
}

// Unlike any other, on any machine.
std::string new_request_id() {
  std::array<std::uint64_t, 2> chance{};
  const ssize_t got = getrandom(chance.data(), sizeof chance, 0);
  KV_CHECK(got == sizeof chance, "the operating system gives 16 random bytes");
  return fmt::format("{:016x}{:016x}", chance[0], chance[1]);
}

}  // namespace

Client::Client(ClientOptions options) : options_(std::move(options)) {
  KV_CHECK(!options_.endpoints.empty(), "a client has somebody to ask");
  for (std::string& endpoint : options_.endpoints) {
    if (!endpoint.contains("://")) endpoint.insert(0, "http://");
    while (endpoint.ends_with('/')) endpoint.pop_back();
  }
}

Answered<HttpAnswer> Client::ask(HttpCall call, const std::string& path, bool is_write) {
  const auto until = steady_clock::now() + options_.timeout;
  bool may_be_written = false;
  std::optional<Failure> last;
  for (std::size_t tries = 0; tries < options_.endpoints.size(); ++tries) {
    const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now());
    if (left <= milliseconds(0)) break;
    const bool is_last = tries + 1 == options_.endpoints.size();
    call.timeout = is_last ? left : std::max(left / 2, milliseconds(1));
    call.url = options_.endpoints[next_] + path;
    auto answer = connection_.send(call);
    if (answer && answer->status < 400) return answer;
    last = answer ? failure_in(*answer) : answer.error();
    may_be_written = may_be_written || (is_write && last->is_unknown);
    if (answer && !is_worth_another(*last)) break;
    next_ = (next_ + 1) % options_.endpoints.size();
  }
  last->is_unknown = may_be_written;
  return std::unexpected(*std::move(last));
}

Answered<WriteResult> Client::put(std::string_view key, std::string_view value,
                                  const PutHow& how) {
  Query query;
  query.add(how.asked, "w");
  if (how.ttl_s) query.add("ttl_s", std::to_string(*how.ttl_s));
  const std::string id = how.request_id.empty() ? new_request_id() : how.request_id;
  HttpCall call{.method = "PUT",
                .headers = {fmt::format("Content-Type: {}", kRawBytes),
                            "Accept: application/json", "X-Request-Id: " + id},
                .body = std::string(value)};
  if (!how.context.empty()) call.headers.push_back("X-Context: " + how.context);
  const auto answer = ask(std::move(call), path_of(key, query.text()), true);
  if (!answer) return std::unexpected(answer.error());
  return written_in(*answer);
}

Answered<ReadResult> Client::get(std::string_view key, const CopiesAsked& asked) {
  Query query;
  query.add(asked, "r");
  // JSON says how many answered; a value that is not UTF-8 comes as base64 in it.
  HttpCall call{.headers = {"Accept: application/json"}};
  auto answer = ask(std::move(call), path_of(key, query.text()), false);
  if (answer) return found_in(*answer);
  if (answer.error().http_status == kNotFound && answer.error().code == "not_found") {
    return ReadResult{};
  }
  return std::unexpected(answer.error());
}

Answered<WriteResult> Client::erase(std::string_view key, const DeleteHow& how) {
  Query query;
  query.add(how.asked, "w");
  if (!how.context.empty()) query.add("context", how.context);
  const std::string id = how.request_id.empty() ? new_request_id() : how.request_id;
  HttpCall call{.method = "DELETE", .headers = {"X-Request-Id: " + id}};
  const auto answer = ask(std::move(call), path_of(key, query.text()), true);
  if (!answer) return std::unexpected(answer.error());
  return written_in(*answer);
}

Answered<std::vector<BatchResult>> Client::batch(
    const std::vector<BatchOperation>& operations) {
  HttpCall call{.method = "POST",
                .headers = {"Content-Type: application/json"},
                .body = batch_json(operations)};
  const auto answer = ask(std::move(call), "/api/v1/batch", true);
  if (!answer) return std::unexpected(answer.error());
  return batch_results_in(*answer, operations.size());
}

Answered<KeyPage> Client::keys(std::string_view prefix, std::size_t limit,
                               const std::optional<std::string>& cursor) {
  Query query;
  if (!prefix.empty()) query.add("prefix", prefix);
  query.add("limit", std::to_string(limit));
  if (cursor) query.add("cursor", *cursor);
  const auto answer = ask({}, "/api/v1/keys?" + query.text(), false);
  if (!answer) return std::unexpected(answer.error());
  return key_page_in(*answer);
}

Answered<HttpAnswer> Client::fetch(const std::string& path) {
  return ask({}, path, false);
}

}  // namespace kv
