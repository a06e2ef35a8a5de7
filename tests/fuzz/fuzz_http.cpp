// A connection of HTTP without its socket: requests as they come, what they mean, the answers.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>

#include "tests/fuzz/fuzz.hpp"
#include "v4_replicated_kv/api/http/request_parser.hpp"
#include "v4_replicated_kv/api/http/service.hpp"

using namespace kv;
using namespace kv::http;

namespace {

constexpr std::size_t kValueMax = 1000;

// Says yes to everything, and has one value: the key. What it is asked is within limits.
class YesPort : public ClientPort {
 public:
  YesPort() : ring_(*found_ring({{{.name = "n"}}}, {.copies = 1, .partitions = 2})) {}

  void ask(Request request, Done done) override {
    KV_CHECK(!request.key.empty() && request.key.size() <= kKeyBytesMax, "a key");
    KV_CHECK(request.value.size() <= kValueMax, "a value within its limit");
    Reply reply{.answers = 1, .needed = 1};
    if (request.verb == Verb::get) {
      reply.state.versions.push_back({.at = {}, .value = std::move(request.key)});
    }
    waiting_.emplace_back(std::move(done), std::move(reply));
  }
  void after_turn(Task what) override { what(); }
  [[nodiscard]] NodeStats stats() const override { return {.name = "n"}; }
  [[nodiscard]] const RingState& ring() const override { return ring_; }
  [[nodiscard]] const std::vector<Neighbour>& neighbours() const override {
    return neighbours_;
  }

  void answer_all() {
    while (!waiting_.empty()) {
      for (auto& [done, reply] : std::exchange(waiting_, {})) done(std::move(reply));
    }
  }

 private:
  RingState ring_;
  std::vector<Neighbour> neighbours_;
  std::vector<std::pair<Done, Reply>> waiting_;
};

// An answer can be read by whoever reads HTTP and JSON, and by them alike.
void check_answer(const Answer& answer, std::string_view text) {
  const auto head_end = text.find("\r\n\r\n");
  KV_CHECK(text.starts_with("HTTP/1.1 ") && head_end != text.npos, "an answer");
  KV_CHECK(text.substr(head_end + 4) == answer.body, "one head, and its body");
  KV_CHECK(reason_for(answer.status) != "Answer", "a status that was thought of");
  if (answer.media != Media::json) return;
  boost::json::error_code failed;
  boost::json::parse({answer.body.data(), answer.body.size()}, failed);
  KV_CHECK(!failed, "JSON");
}

// What a connection says to the bytes, in portions.
std::string said(std::string_view bytes, std::size_t portion) {
  std::string said;
  YesPort port;
  Service service(port, kValueMax);
  RequestParser parser;
  Plan plan;
  std::string in;
  while (!bytes.empty()) {
    in += bytes.substr(0, portion);
    bytes.remove_prefix(std::min(portion, bytes.size()));
    for (bool goes_on = true; goes_on;) {
      const auto fed = parser.feed(in);
      KV_CHECK(fed.used <= in.size(), "no more is used than there was");
      in.erase(0, fed.used);
      const auto answered = [&said](const Answer& answer) {
        std::string text;
        append_answer(text, answer, {});
        check_answer(answer, text);
        said += text;
      };
      switch (fed.step) {
        case RequestParser::Step::more:
          goes_on = false;
          break;
        case RequestParser::Step::head:
          plan = service.plan(parser.request());
          parser.expect_body(plan.body_bytes_max);
          break;
        case RequestParser::Step::done:
          KV_CHECK(parser.request().body.size() <= plan.body_bytes_max, "a body");
          service.carry_out(std::move(plan), parser.request(), answered);
          port.answer_all();
          parser.next();
          break;
        case RequestParser::Step::refused:
          answered(answer_of(parser.refusal()));
          return said;
      }
    }
  }
  return said;
}

// Lines that end in CR LF where the input has a LF: what a fuzzer would need long to find.
std::string with_line_ends(std::string_view input) {
  std::string lines;
  for (const char c : input) {
    if (c == '\n') lines += '\r';
    lines += c;
  }
  return lines;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  const std::uint8_t choice = fuzz::choice(input);
  const std::string bytes =
      (choice & 1U) != 0 ? with_line_ends(input) : std::string(input);
  const std::size_t portion = 1 + choice / 2U;
  KV_CHECK(said(bytes, bytes.size() + 1) == said(bytes, portion),
           "in whatever portions bytes come, they are answered alike");
  return 0;
}
