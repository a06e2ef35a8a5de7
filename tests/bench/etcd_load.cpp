// Load on etcd, by the driver that puts load on ours: the same keys, values and clock;
// every value that is read is checked.
//
//   etcd_load --protocol grpc --workload put|get [--load] --endpoint HOST:PORT ...
//
// The flags are those of `v4_replicated_kv bench` without --rate, and it prints what that
// prints.
//
// Idea      one thread for each of --threads waits for gRPC, and hands nothing over.
// Breaks if the client costs more than it must: it takes its share of the processors that
//           etcd runs on.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>

#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "etcd_fields.grpc.pb.h"
#include "v4_replicated_kv/bench/bench_report.hpp"
#include "v4_replicated_kv/bench/bench_words.hpp"
#include "v4_replicated_kv/bench/measure.hpp"

namespace {

using namespace kv;
using namespace kv::bench;
namespace etcd = ::etcdserverpb;

template <class Response>
using Reader = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>>;

// What gRPC writes to while a request is under way; it stays where it is.
struct Call {
  Seat seat{};
  std::unique_ptr<etcd::KV::Stub> stub{};
  std::optional<grpc::ClientContext> context{};  // each request needs a new one
  grpc::Status status{};
  etcd::PutRequest put{};
  etcd::PutResponse put_response{};
  Reader<etcd::PutResponse> put_reader{};
  etcd::RangeRequest range{};
  etcd::RangeResponse range_response{};
  Reader<etcd::RangeResponse> range_reader{};
};

std::chrono::system_clock::time_point deadline_in(std::uint64_t ms) {
  return std::chrono::system_clock::now() + std::chrono::milliseconds(ms);
}

Answer answer_of(const Call& call) {
  Answer answer;
  if (!call.status.ok()) {
    answer.kind = Answer::Kind::failed;
    answer.error = fmt::format("grpc_{}", static_cast<int>(call.status.error_code()));
    answer.sentence = call.status.error_message();
  } else if (call.seat.verb == Verb::get) {
    if (call.range_response.kvs().empty()) {
      answer.kind = Answer::Kind::missing;
    } else {
      answer.value = call.range_response.kvs(0).value();
    }
  }
  return answer;
}

class EtcdWorker final : public Worker {
 public:
  explicit EtcdWorker(std::uint64_t timeout_ms) : timeout_ms_(timeout_ms) {}

  ~EtcdWorker() override {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  EtcdWorker(const EtcdWorker&) = delete;
  EtcdWorker& operator=(const EtcdWorker&) = delete;

  // Errc::io where nobody answers at the endpoint in time.
  [[nodiscard]] Result<void> open(const Endpoint& endpoint, std::size_t pipeline) {
    grpc::ChannelArguments arguments;
    // Else connections that are made alike are one.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
    const auto channel = grpc::CreateCustomChannel(
        endpoint.text(), grpc::InsecureChannelCredentials(), arguments);
    if (!channel->WaitForConnected(deadline_in(timeout_ms_))) {
      return fail(Errc::io,
                  fmt::format("{}: no gRPC connection came about within {} ms; is etcd "
                              "running there?",
                              endpoint.text(), timeout_ms_));
    }
    for (std::size_t p = 0; p < pipeline; ++p) {
      calls_.emplace_back().stub = etcd::KV::NewStub(channel);
    }
    return {};
  }

  void play(Player& player) override {
    std::size_t under_way = 0;
    const auto send_next = [&](Call& call) {
      const Ns now = ns_now();
      if (player.next_due(now) > now) return;  // it is over
      send(call, player.begin(call.seat, now));
      ++under_way;
    };
    for (Call& call : calls_) send_next(call);
    void* tag = nullptr;
    bool ok = false;
    while (under_way > 0 && queue_.Next(&tag, &ok)) {
      --under_way;
      Call& call = *static_cast<Call*>(tag);
      // Neither of the two workloads follows an answer with a second request.
      (void)player.take(call.seat, answer_of(call), ns_now());
      send_next(call);
    }
    player.finish(ns_now());
  }

 private:
  void send(Call& call, const Request& request) {
    call.context.emplace();
    call.context->set_deadline(deadline_in(timeout_ms_));
    if (request.verb == Verb::put) {
      call.put.mutable_key()->assign(request.key);
      call.put.mutable_value()->assign(request.value);
      call.put_reader = call.stub->AsyncPut(&*call.context, call.put, &queue_);
      call.put_reader->Finish(&call.put_response, &call.status, &call);
    } else {
      call.range.mutable_key()->assign(request.key);
      call.range_reader = call.stub->AsyncRange(&*call.context, call.range, &queue_);
      call.range_reader->Finish(&call.range_response, &call.status, &call);
    }
  }

  grpc::CompletionQueue queue_;
  std::deque<Call> calls_;
  std::uint64_t timeout_ms_;
};

Result<std::unique_ptr<Worker>> make_etcd_worker(const BenchWords& words,
                                                 std::size_t first, std::size_t count) {
  auto worker = std::make_unique<EtcdWorker>(words.timeout_ms);
  for (std::size_t i = first; i < first + count; ++i) {
    const Endpoint& endpoint = words.endpoints[i % words.endpoints.size()];
    const auto opened = worker->open(endpoint, words.pipeline);
    if (!opened) return std::unexpected(opened.error());
  }
  return worker;
}

Result<int> run(int argc, const char* const* argv) {
  const auto words = read_bench_words(argc, argv);
  if (!words) return std::unexpected(words.error());
  const bool is_known = words->workload.update == 100 || words->workload.read == 100;
  if (words->help || words->rate || !is_known || words->protocol != Protocol::grpc) {
    return fail(
        Errc::bad_usage,
        "--protocol grpc --workload put or get, and no --rate: that is all there is");
  }
  const auto measured = measure(*words, &make_etcd_worker);
  if (!measured) return std::unexpected(measured.error());
  int status = 0;
  for (const std::string& one : complaints(*words, *measured)) {
    status = report_error("etcd_load", {Errc::io, one});
  }
  const auto written = write_output(words->json ? bench_json(*words, *measured)
                                                : bench_text(*words, *measured));
  if (!written) return std::unexpected(written.error());
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  return exit_status_of("etcd_load", [&] { return run(argc, argv); });
}
