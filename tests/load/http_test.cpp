// Runs over HTTP against a server that others wrote: Boost.Beast's, with a map behind it.
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <doctest/doctest.h>

#include "tests/load/servers.hpp"
#include "v4_replicated_kv/bench/bench_report.hpp"
#include "v4_replicated_kv/bench/measure.hpp"

using namespace kv;
using namespace kv::bench;
using namespace kv::test;

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using HttpRequest = http::request<http::string_body>;
using HttpResponse = http::response<http::string_body>;

// As the store's interface, as far as bench uses it; one thread a connection.
class HttpStore {
 public:
  // `closes_after`: a connection answers so many, and the last one says that it closes.
  explicit HttpStore(int closes_after)
      : closes_after_(closes_after),
        acceptor_(context_, {asio::ip::address_v4::loopback(), 0}),
        thread_([this] { accept(); }) {}

  ~HttpStore() {
    stopping_ = true;
    boost::system::error_code ignored;
    asio::ip::tcp::socket last(context_);  // wakes the one who accepts
    last.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  HttpStore(const HttpStore&) = delete;
  HttpStore& operator=(const HttpStore&) = delete;

  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  // What followed the path of the first request with that verb.
  [[nodiscard]] std::string query_of(const std::string& verb) {
    const std::scoped_lock lock(mutex_);
    return queries_[verb];
  }

 private:
  void accept() {
    std::vector<std::jthread> connections;
    for (;;) {
      asio::ip::tcp::socket socket(context_);
      boost::system::error_code failed;
      acceptor_.accept(socket, failed);
      if (failed || stopping_) return;
      connections.emplace_back(
          [this, moved = std::move(socket)]() mutable { serve(moved); });
    }
  }

  void serve(asio::ip::tcp::socket& socket) {
    beast::flat_buffer buffer;
    for (int i = 1;; ++i) {
      HttpRequest asked;
      boost::system::error_code failed;
      http::read(socket, buffer, asked, failed);
      if (failed) return;
      HttpResponse said = answer(asked);
      said.keep_alive(i != closes_after_);
      said.prepare_payload();
      http::write(socket, said, failed);
      if (failed || i == closes_after_) return;
    }
  }

  HttpResponse answer(const HttpRequest& asked) {
    const std::scoped_lock lock(mutex_);
    const std::string target(asked.target());
    const auto question = target.find('?');
    const std::string path = target.substr(0, question);
    if (question != std::string::npos) {
      queries_.try_emplace(std::string(asked.method_string()), target.substr(question));
    }
    HttpResponse said(http::status::ok, 11);
    if (path == "/api/v1/keys") {
      said.body() = R"({"keys":["a"],"cursor":"c 1"})";
    } else if (asked.method() == http::verb::put) {
      values_[path] = asked.body();
      said.body() = R"({"key":"k","status":"stored","acks":1,"w":1,"n":1,"context":""})";
    } else if (const auto at = values_.find(path); at != values_.end()) {
      said.body() = at->second;
    } else {
      said.result(http::status::not_found);
      said.body() = R"({"error":"no","code":"not_found","http_status":404})";
    }
    return said;
  }

  int closes_after_;
  std::atomic<bool> stopping_ = false;
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_;
  std::mutex mutex_;
  std::map<std::string, std::string> values_;
  std::map<std::string, std::string> queries_;
  std::jthread thread_;
};

}  // namespace

TEST_CASE("workloads run over HTTP, and find what they wrote") {
  HttpStore store(-1);
  for (const std::string_view workload : {"a", "e", "f"}) {
    CAPTURE(workload);
    auto words = words_for(Protocol::http, store.port(), workload);
    words.load = true;
    words.copies = {.r = 1, .w = 2};
    const auto measured = measure(words);
    REQUIRE(measured);
    CHECK(complaints(words, *measured).empty());
    CHECK(measured->load.done() == 200);
    CHECK(measured->tally.done() > 100);
    CHECK(measured->tally.failed() == 0);
    CHECK(measured->tally.missing == 0);
  }
  CHECK(store.query_of("PUT") == "?w=2");
  CHECK(store.query_of("GET") == "?r=1");
}

TEST_CASE("a connection that HTTP closes politely is opened again, and nothing is lost") {
  HttpStore store(20);
  auto words = words_for(Protocol::http, store.port(), "a");
  words.load = true;
  const auto measured = measure(words);
  REQUIRE(measured);
  CHECK(measured->load.done() == 200);
  CHECK(measured->tally.done() > 100);
  CHECK(measured->tally.failed() == 0);
}
