// The examples of docs/HTTP.md, sent to a node.
//
// In a block fenced as ```http, lines with "> " are a request: its first line, headers, an
// empty one, the body. What follows is the answer: the status, headers, the body in one line,
// with "..." for anything. $first and $context are the contexts of the block's first answer
// and of the last one.
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "tests/api/http_server.hpp"
#include "tests/structure/files.hpp"

using namespace kv;
using namespace kv::test;

namespace {

struct Example {
  std::vector<std::string> asked{};
  std::vector<std::string> told{};
};

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at)) {
    text.replace(at, what.size(), with);
  }
}

// Whether what is shown between dots comes in its order, from the begin to the end.
bool fits(std::string_view shown, std::string_view real) {
  const auto dots = shown.find("...");
  if (dots == shown.npos) return shown == real;
  if (!real.starts_with(shown.substr(0, dots))) return false;
  real.remove_prefix(dots);
  shown.remove_prefix(dots + 3);
  for (std::size_t at = 0; at <= real.size(); ++at) {
    if (fits(shown, real.substr(at))) return true;
  }
  return false;
}

std::string context_in(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  return json.is_object() ? json.value("context", "") : "";
}

class Block {
 public:
  explicit Block(Policy policy) : server_({}, {}, policy), client_(server_.client()) {}

  void play(const Example& example) {
    REQUIRE(example.told.size() >= 2);
    const HttpAnswer answer = client_.ask(bytes_of(example));
    CAPTURE(example.asked.front());
    CAPTURE(answer.body);
    CHECK(example.told.front() == std::to_string(answer.status));
    for (std::size_t i = 1; i + 1 < example.told.size(); ++i) {
      CHECK(answer.head.contains("\r\n" + example.told[i] + "\r\n"));
    }
    CHECK(fits(example.told.back(), answer.body));
    if (answer.head.contains("application/json")) context_ = context_in(answer.body);
    if (first_.empty()) first_ = context_;
  }

 private:
  std::string bytes_of(const Example& example) {
    const auto& lines = example.asked;
    std::string headers;
    std::size_t i = 1;
    for (; i < lines.size() && !lines[i].empty(); ++i) headers += lines[i] + "\r\n";
    std::string body = i + 1 < lines.size() ? lines[i + 1] : "";
    replace_all(body, "$first", first_);
    replace_all(body, "$context", context_);
    const auto blank = lines.front().find(' ');
    return request_text(lines.front().substr(0, blank), lines.front().substr(blank + 1),
                        body, headers);
  }

  HttpServer server_;
  RawClient client_;
  std::string first_;
  std::string context_;
};

}  // namespace

TEST_CASE("the examples of the page on HTTP are what a node answers") {
  Block plain(Policy::last_write_wins);
  Block siblings(Policy::siblings);
  Block* block = nullptr;
  Example example;
  int played = 0;
  const auto play = [&] {
    if (example.asked.empty()) return;
    block->play(std::exchange(example, {}));
    ++played;
  };
  for (const std::string& line : lines_of_file("docs/HTTP.md")) {
    if (line.starts_with("```")) {
      if (block != nullptr) play();
      block = line == "```http"            ? &plain
              : line == "```http siblings" ? &siblings
                                           : nullptr;
    } else if (block != nullptr && line.starts_with(">")) {
      if (!example.told.empty()) play();
      example.asked.push_back(line.size() > 2 ? line.substr(2) : "");
    } else if (block != nullptr) {
      example.told.push_back(line);
    }
  }
  CHECK(played == 32);
}

TEST_CASE("the request that two would read differently is refused, as its page says") {
  std::string bytes;
  bool is_inside = false;
  for (const std::string& line : lines_of_file("v4_replicated_kv/api/http/README.md")) {
    if (line.starts_with("```")) {
      if (is_inside) break;
      is_inside = true;
    } else if (is_inside) {
      bytes += line + "\r\n";
    }
  }
  const std::string body = bytes.substr(bytes.find("\r\n\r\n") + 4);
  CHECK(bytes.contains("Content-Length: " + std::to_string(body.size()) + "\r\n"));
  const HttpServer server;
  RawClient client = server.client();
  client.send(bytes);
  CHECK(client.answer().status == 400);
  CHECK(client.is_closed());
}
