// Runs over gRPC against its own server, with a map behind the store's service.
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <doctest/doctest.h>
#include <grpcpp/grpcpp.h>
#include <kv/v1/key_value.grpc.pb.h>

#include "tests/load/servers.hpp"
#include "v4_replicated_kv/bench/bench_report.hpp"
#include "v4_replicated_kv/bench/measure.hpp"

using namespace kv::bench;
using namespace kv::test;

namespace {

namespace v1 = ::kv::v1;

class MapService final : public v1::KeyValue::Service {
 public:
  grpc::Status Put(grpc::ServerContext* context, const v1::PutRequest* request,
                   v1::PutResponse* /*response*/) override {
    std::unique_lock lock(mutex_);
    ++peers_[context->peer()];
    if (meeting > 0 && !meet(lock)) return {grpc::StatusCode::ABORTED, "too few came"};
    if (refuses) {
      v1::Failure failure;
      failure.set_code(v1::CODE_WRITE_QUORUM_NOT_REACHED);
      failure.set_error("1 of 2 owners answered");
      context->AddTrailingMetadata("kv-failure-bin", failure.SerializeAsString());
      return {grpc::StatusCode::UNAVAILABLE, "no"};
    }
    answers_ = request->consistency().answers();
    values_[request->key()] = request->value();
    return grpc::Status::OK;
  }

  grpc::Status Get(grpc::ServerContext* /*context*/, const v1::GetRequest* request,
                   v1::GetResponse* response) override {
    const std::scoped_lock lock(mutex_);
    const auto at = values_.find(request->key());
    response->set_found(at != values_.end());
    if (at != values_.end()) response->add_values(at->second);
    if (at != values_.end() && has_siblings) response->add_values(at->second);
    return grpc::Status::OK;
  }

  grpc::Status Scan(grpc::ServerContext* /*context*/, const v1::ScanRequest* request,
                    v1::ScanResponse* response) override {
    if (request->limit() < 1 || request->limit() > 100) {
      return {grpc::StatusCode::INVALID_ARGUMENT, "limit"};
    }
    response->set_cursor(request->cursor() + "x");
    if (response->cursor().size() > 5) response->clear_cursor();
    return grpc::Status::OK;
  }

  // Set while nobody asks.
  bool refuses = false;
  bool has_siblings = false;
  std::size_t meeting = 0;  // puts are answered when so many are here

  [[nodiscard]] std::size_t peers() {
    const std::scoped_lock lock(mutex_);
    return peers_.size();
  }
  [[nodiscard]] std::uint32_t answers() {
    const std::scoped_lock lock(mutex_);
    return answers_;
  }

 private:
  // Whether they came in time.
  bool meet(std::unique_lock<std::mutex>& lock) {
    const std::size_t all = (arrived_++ / meeting + 1) * meeting;
    somebody_came_.notify_all();
    return somebody_came_.wait_for(lock, std::chrono::seconds(10),
                                   [&] { return arrived_ >= all; });
  }

  std::mutex mutex_;
  std::condition_variable somebody_came_;
  std::size_t arrived_ = 0;
  std::map<std::string, std::string> values_;
  std::map<std::string, int> peers_;
  std::uint32_t answers_ = 0;
};

struct Served {
  MapService service{};
  int port = 0;
  std::unique_ptr<grpc::Server> server{};

  Served() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    server = builder.BuildAndStart();
    REQUIRE(server);
  }
  ~Served() { server->Shutdown(std::chrono::system_clock::now()); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
};

}  // namespace

TEST_CASE("gRPC: a connection has as many requests under way as were asked for") {
  Served served;
  served.service.meeting = 8;
  auto words = words_for(Protocol::grpc, static_cast<std::uint16_t>(served.port), "a");
  words.load = true;
  words.seconds = 0;
  words.keys = 40;  // five meetings
  words.connections = words.threads = 1;
  words.pipeline = 8;
  const auto measured = measure(words);
  REQUIRE(measured);
  CHECK(measured->load.done() == 40);
  CHECK(measured->load.failed() == 0);
  CHECK(served.service.peers() == 1);
}

TEST_CASE("workloads run over gRPC on as many connections as were asked for") {
  Served served;
  const auto port = static_cast<std::uint16_t>(served.port);
  for (const std::string_view workload : {"a", "e", "f"}) {
    CAPTURE(workload);
    auto words = words_for(Protocol::grpc, port, workload);
    words.load = true;
    words.copies.w = 2;
    served.service.has_siblings = workload == "f";
    const auto measured = measure(words);
    REQUIRE(measured);
    CHECK(complaints(words, *measured).empty());
    CHECK(measured->load.done() == 200);
    CHECK(measured->tally.done() > 100);
    CHECK(measured->tally.failed() == 0);
    CHECK(measured->tally.missing == 0);
  }
  CHECK(served.service.peers() == 3 * 4);
  CHECK(served.service.answers() == 2);
}

TEST_CASE("an open loop over gRPC sends at its rate") {
  Served served;
  auto words = words_for(Protocol::grpc, static_cast<std::uint16_t>(served.port), "put");
  words.seconds = 1;
  words.rate = 200;
  const auto measured = measure(words);
  REQUIRE(measured);
  CHECK(measured->tally.done() + measured->tally.unsent == 200);
}

TEST_CASE("a failure of the store over gRPC is counted by the store's word") {
  Served served;
  served.service.refuses = true;
  auto words = words_for(Protocol::grpc, static_cast<std::uint16_t>(served.port), "put");
  const auto measured = measure(words);
  REQUIRE(measured);
  REQUIRE(measured->tally.errors.contains("write_quorum_not_reached"));
  const auto& error = measured->tally.errors.at("write_quorum_not_reached");
  CHECK(error.count > 10);  // the store lives: it is asked on, without a rest
  CHECK(error.sentence == "1 of 2 owners answered");
  CHECK(measured->tally.ended_early.empty());
}

TEST_CASE("a gRPC server that goes away ends the run") {
  auto served = std::make_unique<Served>();
  auto words = words_for(Protocol::grpc, static_cast<std::uint16_t>(served->port), "put");
  words.seconds = 3600;
  kv::Result<Measured> measured = kv::fail(kv::Errc::io, "never run");
  std::jthread run([&] { measured = measure(words); });
  auto once = words;
  once.seconds = 0.2;
  CHECK(measure(once)->tally.done() > 0);
  served.reset();
  run.join();
  REQUIRE(measured);
  CHECK(measured->tally.ended_early.starts_with("nobody answered for 2 s"));
}
