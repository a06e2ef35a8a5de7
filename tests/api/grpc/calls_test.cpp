// What becomes of calls: many at once, late, cancelled, and when their server ends.
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/api/grpc/calling.hpp"
#include "tests/storage/temporary_directory.hpp"

using namespace kv;
using namespace kv::test;

namespace {

// So many calls that have not ended yet.
class Countdown {
 public:
  explicit Countdown(int left) : left_(left) {}
  void one() {
    const std::scoped_lock lock(mutex_);
    if (--left_ == 0) over_.notify_all();
  }
  [[nodiscard]] bool wait() {
    std::unique_lock lock(mutex_);
    return over_.wait_for(lock, kPatience, [&] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable over_;
  int left_;
};

struct PutCall {
  grpc::ClientContext context;
  v1::PutRequest request;
  v1::PutResponse response;
  grpc::Status status;
};

std::vector<std::unique_ptr<PutCall>> start_puts(Client& client, int count,
                                                 Countdown& all,
                                                 Countdown* refused = nullptr) {
  std::vector<std::unique_ptr<PutCall>> calls;
  for (int i = 0; i < count; ++i) {
    PutCall& call = *calls.emplace_back(std::make_unique<PutCall>());
    call.request.set_key("k" + std::to_string(i));
    call.request.set_value("v" + std::to_string(i));
    client.stub().async()->Put(&call.context, &call.request, &call.response,
                               [&call, &all, refused](const grpc::Status& status) {
                                 call.status = status;
                                 if (refused != nullptr && !status.ok()) refused->one();
                                 all.one();
                               });
  }
  return calls;
}

void wait_for_calls(const GrpcServer& server, std::size_t count) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (server.calls() < count && std::chrono::steady_clock::now() < until) {
    std::this_thread::yield();
  }
  REQUIRE(server.calls() == count);
}

// A loop that does nothing while this lives.
class Asleep {
 public:
  explicit Asleep(ServerLoop& loop) {
    std::promise<void> begun;
    auto has_begun = begun.get_future();
    loop.post([begun = std::move(begun), go = go_.get_future()]() mutable {
      begun.set_value();
      go.wait();
    });
    has_begun.wait();
  }
  Asleep(const Asleep&) = delete;
  Asleep& operator=(const Asleep&) = delete;
  ~Asleep() { go_.set_value(); }

 private:
  std::promise<void> go_;
};

}  // namespace

TEST_CASE("gRPC: a thousand calls at once are all answered, and share syncs") {
  const TemporaryDirectory directory;
  ServedNode served(quick_options(directory.path()));
  Countdown countdown(1000);
  const auto calls = start_puts(served.client, 1000, countdown);
  REQUIRE(countdown.wait());
  int ok = 0;
  for (const auto& call : calls) ok += call->status.ok() ? 1 : 0;
  CHECK(ok == 1000);
  for (int i = 0; i < 1000; i += 37) {
    CHECK(served.client.get("k" + std::to_string(i)) == "v" + std::to_string(i));
  }
  NodeStats stats;
  REQUIRE(served.loop->run_there([&] { stats = served.loop->stats(); }));
  CHECK(stats.keys == 1000);
  CHECK(stats.syncs < 500);
}

TEST_CASE(
    "gRPC: calls that are cancelled do no harm, before or while they are worked on") {
  ServedNode served;
  Countdown countdown(200);
  std::vector<std::unique_ptr<PutCall>> calls;
  {
    const Asleep asleep(*served.loop);
    calls = start_puts(served.client, 200, countdown);
    for (const auto& call : calls) call->context.TryCancel();
  }
  REQUIRE(countdown.wait());
  for (const auto& call : calls) {
    CHECK(call->status.error_code() == grpc::StatusCode::CANCELLED);
  }
  CHECK(served.client.put("after", "that") == "ok");
  CHECK(served.client.get("after") == "that");
}

TEST_CASE("gRPC: a call's own deadline ends it, and so does timeout_ms") {
  ServerOptions options = quick_options();
  // One that asks all at once hears that two are not there before its own copy answers.
  options.repair_one_in = 0;
  const std::vector<Newcomer> three{{.name = "a"}, {.name = "b"}, {.name = "c"}};
  auto ring = found_ring(three, {.copies = 3, .partitions = 16});
  REQUIRE(ring.has_value());
  // The other two never answer: nobody connects with them.
  const NodeId self = ring->members.front().node.id;
  const auto loop = opened(
      open_server(options, {.ring = std::make_shared<const RingState>(*std::move(ring)),
                            .self = self,
                            .is_founding = true}));
  REQUIRE(loop->wait_for(Stage::whole, kPatience));
  const auto server = opened_grpc();
  server->serve(loop.get());
  Client client(address_of(*server));

  v1::GetRequest get;
  get.set_key("k");
  v1::GetResponse got;
  const auto begin = std::chrono::steady_clock::now();
  get.set_timeout_ms(50);
  const Ended by_itself = client.call(get, got);
  CHECK_FALSE(by_itself.status.ok());
  REQUIRE(by_itself.has_failure);
  CHECK(by_itself.failure.needed() == 2);
  CHECK(by_itself.failure.acks() == 1);
  CHECK_FALSE(by_itself.failure.outcome_unknown());

  v1::PutRequest put;
  put.set_key("k");
  put.set_value("v");
  put.set_timeout_ms(50);
  v1::PutResponse response;
  const Ended write = client.call(put, response);
  CHECK_FALSE(write.status.ok());
  REQUIRE(write.has_failure);
  CHECK(write.failure.outcome_unknown());
  CHECK(write.failure.needed() == 2);

  // A batch takes as long as one of its operations, and not as all of them.
  v1::BatchRequest batch;
  for (int i = 0; i < 1000; ++i) {
    *batch.add_operations()->mutable_get() = get;
    batch.mutable_operations(i)->mutable_get()->set_timeout_ms(500);
  }
  v1::BatchResponse results;
  REQUIRE(client.call(batch, results).status.ok());
  for (const auto& result : results.results()) CHECK(result.has_failure());

  client.set_deadline(std::chrono::milliseconds(50));
  put.set_timeout_ms(600'000);
  const Ended late = client.call(put, response);
  CHECK_FALSE(late.status.ok());
  // All of it in much less than the 20 s that the loop would wait by itself.
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(15));
  NodeStats stats;
  const auto until = std::chrono::steady_clock::now() + kPatience;
  do {
    REQUIRE(loop->run_there([&] { stats = loop->stats(); }));
  } while (stats.in_flight > 0 && std::chrono::steady_clock::now() < until);
  CHECK(stats.in_flight == 0);
}

TEST_CASE("gRPC: without a loop nobody is served, and with one they are") {
  const auto server = opened_grpc();
  Client client(address_of(*server));
  CHECK(client.put("k", "v") == "CODE_NOT_READY");
  const auto loop = lone_server(quick_options());
  server->serve(loop.get());
  CHECK(client.put("k", "v") == "ok");
  server->serve(nullptr);
  CHECK(client.get("k") == "CODE_NOT_READY");
}

TEST_CASE("gRPC: more calls than the limit are refused as overloaded, and others go on") {
  GrpcOptions options;
  options.calls_max = 3;
  ServedNode served(quick_options(), options);
  Countdown all(10);
  std::vector<std::unique_ptr<PutCall>> calls;
  {
    const Asleep asleep(*served.loop);
    Countdown refused(7);
    calls = start_puts(served.client, 10, all, &refused);
    // While the loop does nothing: those over the limit.
    REQUIRE(refused.wait());
  }
  REQUIRE(all.wait());
  int ok = 0;
  for (const auto& call : calls) {
    ok += call->status.ok() ? 1 : 0;
    if (!call->status.ok()) {
      CHECK(call->status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
    }
  }
  CHECK(ok == 3);
  CHECK(served.client.put("k", "later") == "ok");
}

TEST_CASE("gRPC: requests of more bytes than the limit are refused as overloaded") {
  GrpcOptions options;
  options.calls_bytes_max = 1000;
  ServedNode served(quick_options(), options);
  const std::string longer(2000, 'v');
  CHECK(served.client.put("alone", longer) == "ok");
  Countdown all(1);
  std::vector<std::unique_ptr<PutCall>> calls;
  {
    const Asleep asleep(*served.loop);
    calls = start_puts(served.client, 1, all);
    wait_for_calls(*served.server, 1);
    CHECK(served.client.put("beside", longer) == "CODE_OVERLOADED");
  }
  REQUIRE(all.wait());
  CHECK(served.client.put("alone again", longer) == "ok");
}

TEST_CASE("gRPC: a server that is stopped ends the calls it has, and takes no more") {
  ServedNode served;
  Countdown all(20);
  std::vector<std::unique_ptr<PutCall>> calls;
  std::jthread stopper;
  {
    const Asleep asleep(*served.loop);
    calls = start_puts(served.client, 20, all);
    wait_for_calls(*served.server, 20);
    stopper = std::jthread([&] { served.server->stop(); });
    // It has begun to stop when this is refused at once, while the loop does nothing.
    served.client.set_deadline(std::chrono::milliseconds(500));
    std::string word;
    while (word != "CODE_NOT_READY") word = served.client.put("late", "v");
  }
  stopper.join();
  REQUIRE(all.wait());
  for (const auto& call : calls) CHECK(call->status.ok());
  CHECK(served.server->calls() == 0);
}

TEST_CASE("gRPC: calls whose loop was killed end as unknown, within the limit") {
  GrpcOptions options;
  options.drain = std::chrono::milliseconds(100);
  const TemporaryDirectory directory;
  ServedNode served(quick_options(directory.path()), options);
  Countdown all(20);
  std::vector<std::unique_ptr<PutCall>> calls;
  {
    const Asleep asleep(*served.loop);
    calls = start_puts(served.client, 20, all);
    wait_for_calls(*served.server, 20);
  }
  served.loop->kill();
  served.server->stop();
  REQUIRE(all.wait());
  for (const auto& call : calls) {
    CAPTURE(call->status.error_message());
    const bool is_over =
        call->status.ok() || call->status.error_code() == grpc::StatusCode::UNAVAILABLE;
    CHECK(is_over);
  }
}

TEST_CASE("gRPC: two servers never share a port, and a bad address is an error") {
  const auto server = opened_grpc();
  GrpcOptions same;
  same.address = address_of(*server);
  const auto second = GrpcServer::open(same);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == Errc::io);
  CHECK(second.error().detail.find(same.address) != std::string::npos);
  GrpcOptions nowhere;
  nowhere.address = "no such address";
  CHECK_FALSE(GrpcServer::open(nowhere).has_value());
}
