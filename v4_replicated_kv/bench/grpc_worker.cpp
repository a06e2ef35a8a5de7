// gRPC: calls that do not block, and one completion queue for all of a thread's channels.
//
// Breaks if  channels share a connection, as gRPC's do when they are made alike: sixteen
//            connections would be one.
#include <array>
#include <chrono>
#include <deque>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <grpcpp/grpcpp.h>
#include <kv/v1/key_value.grpc.pb.h>

#include "v4_replicated_kv/bench/worker.hpp"

namespace kv::bench {

namespace {

namespace v1 = ::kv::v1;
constexpr Ns kCoarse = 2 * kMillisecond;
constexpr Ns kNap = 50'000;
constexpr int kAnswerBytes = static_cast<int>(kAnswerBytesMost);

gpr_timespec time_of(Ns ns) {
  return {.tv_sec = ns / kSecond,
          .tv_nsec = static_cast<std::int32_t>(ns % kSecond),
          .clock_type = GPR_CLOCK_MONOTONIC};
}

// gRPC's deadlines are on this clock.
std::chrono::system_clock::time_point deadline_in(Ns ns) {
  return std::chrono::system_clock::now() + std::chrono::nanoseconds(ns);
}

v1::Level level_of(std::string_view word) {
  constexpr std::array kLevelsByWord{
      std::pair{std::string_view("one"), v1::LEVEL_ONE},
      std::pair{std::string_view("quorum"), v1::LEVEL_QUORUM},
      std::pair{std::string_view("all"), v1::LEVEL_ALL},
      std::pair{std::string_view("any"), v1::LEVEL_ANY},
      std::pair{std::string_view("local_one"), v1::LEVEL_LOCAL_ONE},
      std::pair{std::string_view("local_quorum"), v1::LEVEL_LOCAL_QUORUM},
      std::pair{std::string_view("linearizable"), v1::LEVEL_LINEARIZABLE}};
  for (const auto& [name, level] : kLevelsByWord) {
    if (name == word) return level;
  }
  return v1::LEVEL_UNSPECIFIED;
}

template <class Response>
using ResponseReader = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>>;

// What gRPC writes to while a call is under way; it stays where it is.
struct Call {
  Seat seat{};
  std::unique_ptr<v1::KeyValue::Stub> stub{};
  std::unique_ptr<grpc::ClientContext> context{};  // each call needs a new one
  grpc::Status status{};
  v1::PutRequest put{};
  v1::GetRequest get{};
  v1::ScanRequest scan{};
  v1::PutResponse put_response{};
  v1::GetResponse get_response{};
  v1::ScanResponse scan_response{};
  ResponseReader<v1::PutResponse> put_reader{};
  ResponseReader<v1::GetResponse> get_reader{};
  ResponseReader<v1::ScanResponse> scan_reader{};
};

std::string_view word_of(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::UNAVAILABLE:
      return "unavailable";
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return "timeout";
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return "resource_exhausted";
    case grpc::StatusCode::UNIMPLEMENTED:
      return "unimplemented";
    case grpc::StatusCode::INVALID_ARGUMENT:
      return "bad_request";
    case grpc::StatusCode::UNAUTHENTICATED:
      return "unauthorized";
    case grpc::StatusCode::PERMISSION_DENIED:
      return "forbidden";
    default:
      return "grpc";
  }
}

// "CODE_WRITE_QUORUM_NOT_REACHED" as it is called over HTTP.
std::string word_of(v1::Code code) {
  constexpr std::string_view kPrefix = "CODE_";
  std::string word = v1::Code_Name(code);
  if (word.starts_with(kPrefix)) word.erase(0, kPrefix.size());
  for (char& letter : word) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter + ('a' - 'A'));
  }
  return word;
}

// What the store said about a failure, where it was the store that said it.
std::optional<v1::Failure> store_failure_in(const grpc::ClientContext& context) {
  const auto& details = context.GetServerTrailingMetadata();
  const auto at = details.find("kv-failure-bin");
  v1::Failure failure;
  const bool is_there =
      at != details.end() &&
      failure.ParseFromArray(at->second.data(), static_cast<int>(at->second.size()));
  return is_there ? std::optional(failure) : std::nullopt;
}

class GrpcWorker final : public Worker {
 public:
  GrpcWorker(const Copies& copies, Ns timeout) : timeout_(timeout) {
    for (auto* consistency : {&for_reads_, &for_writes_}) {
      consistency->set_level(level_of(copies.level));
    }
    if (copies.r) for_reads_.set_answers(*copies.r);
    if (copies.w) for_writes_.set_answers(*copies.w);
  }

  ~GrpcWorker() override {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  GrpcWorker(const GrpcWorker&) = delete;
  GrpcWorker& operator=(const GrpcWorker&) = delete;

  // With so many requests under way on it.
  Result<void> open(const Endpoint& endpoint, std::size_t pipeline);
  void play(Player& player) override;

 private:
  void wait(Ns now, Ns until);
  void send_due(Ns now);
  void send(Call& call, const Request& request);
  void answered(Call& call, Ns now);
  Answer answer_of(Call& call);

  grpc::CompletionQueue queue_;
  std::deque<Call> calls_;
  std::deque<Call*> idle_;
  std::deque<std::pair<Ns, Call*>> resting_;  // their connection is down
  v1::Consistency for_reads_;
  v1::Consistency for_writes_;
  Player* player_ = nullptr;
  std::size_t under_way_ = 0;
  Ns timeout_;
  Ns heard_ = 0;
  std::string last_loss_;
};

Result<void> GrpcWorker::open(const Endpoint& endpoint, std::size_t pipeline) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kAnswerBytes);
  const auto channel = grpc::CreateCustomChannel(
      endpoint.text(), grpc::InsecureChannelCredentials(), arguments);
  if (!channel->WaitForConnected(deadline_in(timeout_))) {
    return fail(
        Errc::io,
        fmt::format("{}: no gRPC connection came about within {} ms; is the store "
                    "running there?",
                    endpoint.text(), timeout_ / kMillisecond));
  }
  for (std::size_t p = 0; p < pipeline; ++p) {
    calls_.emplace_back().stub = v1::KeyValue::NewStub(channel);
  }
  return {};
}

void GrpcWorker::play(Player& player) {
  player_ = &player;
  idle_.clear();
  resting_.clear();
  for (Call& call : calls_) idle_.push_back(&call);
  heard_ = ns_now();
  for (;;) {
    const Ns now = ns_now();
    while (!resting_.empty() && resting_.front().first <= now) {
      idle_.push_back(resting_.front().second);
      resting_.pop_front();
    }
    if (resting_.size() == calls_.size() && now - heard_ > kAloneMost) {
      player.stop(fmt::format("nobody answered for 2 s; the last: {}", last_loss_));
    }
    send_due(now);
    const Ns due = player.next_due(now);
    if (under_way_ == 0 && due == kNever) break;
    wait(now, std::min(now + kChoresEvery, idle_.empty() ? kNever : due));
  }
  player.finish(ns_now());
}

void GrpcWorker::wait(Ns now, Ns until) {
  // gRPC waits in whole milliseconds. Near to what is due we look and nap in turn instead.
  const bool is_near = until - now < kCoarse;
  void* tag = nullptr;
  bool ok = false;
  const auto next = queue_.AsyncNext(&tag, &ok, time_of(is_near ? now : until - kCoarse));
  if (next == grpc::CompletionQueue::GOT_EVENT) {
    answered(*static_cast<Call*>(tag), ns_now());
  } else if (is_near && until > now) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(std::min(until - now, kNap)));
  }
}

void GrpcWorker::send_due(Ns now) {
  while (!idle_.empty() && player_->next_due(now) <= now) {
    Call& call = *idle_.front();
    idle_.pop_front();
    ++under_way_;
    send(call, player_->begin(call.seat, now));
  }
}

void GrpcWorker::send(Call& call, const Request& request) {
  call.context = std::make_unique<grpc::ClientContext>();
  call.context->set_deadline(deadline_in(timeout_));
  switch (request.verb) {
    case Verb::put:
      call.put.set_key(std::string(request.key));
      call.put.set_value(std::string(request.value));
      *call.put.mutable_consistency() = for_writes_;
      call.put_reader = call.stub->AsyncPut(call.context.get(), call.put, &queue_);
      return call.put_reader->Finish(&call.put_response, &call.status, &call);
    case Verb::get:
      call.get.set_key(std::string(request.key));
      *call.get.mutable_consistency() = for_reads_;
      call.get_reader = call.stub->AsyncGet(call.context.get(), call.get, &queue_);
      return call.get_reader->Finish(&call.get_response, &call.status, &call);
    case Verb::scan:
      call.scan.set_limit(request.limit);
      call.scan.set_cursor(std::string(request.cursor));
      call.scan_reader = call.stub->AsyncScan(call.context.get(), call.scan, &queue_);
      return call.scan_reader->Finish(&call.scan_response, &call.status, &call);
  }
}

void GrpcWorker::answered(Call& call, Ns now) {
  const bool is_alone = call.status.error_code() == grpc::StatusCode::UNAVAILABLE &&
                        !store_failure_in(*call.context);
  const Answer answer = answer_of(call);
  const auto second = player_->take(call.seat, answer, now);
  if (second) return send(call, *second);
  --under_way_;
  if (is_alone) {
    // gRPC refuses at once while it reconnects: asking on would only keep it busy.
    resting_.emplace_back(now + kRetryAfter, &call);
    last_loss_ = answer.sentence;
    return;
  }
  heard_ = now;
  idle_.push_back(&call);
}

Answer GrpcWorker::answer_of(Call& call) {
  Answer answer;
  if (!call.status.ok()) {
    answer.kind = Answer::Kind::failed;
    const auto failure = store_failure_in(*call.context);
    answer.error = failure ? word_of(failure->code())
                           : std::string(word_of(call.status.error_code()));
    answer.sentence = failure ? failure->error() : call.status.error_message();
    return answer;
  }
  if (call.seat.verb == Verb::scan) answer.cursor = call.scan_response.cursor();
  if (call.seat.verb != Verb::get) return answer;
  const auto& values = call.get_response.values();
  if (!call.get_response.found()) {
    answer.kind = Answer::Kind::missing;
  } else if (values.size() == 1) {
    answer.value = values[0];
  } else {
    answer.siblings.assign(values.begin(), values.end());
  }
  return answer;
}

}  // namespace

Result<std::unique_ptr<Worker>> make_grpc_worker(const BenchWords& words,
                                                 std::size_t first, std::size_t count) {
  auto worker = std::make_unique<GrpcWorker>(
      words.copies, static_cast<Ns>(words.timeout_ms) * kMillisecond);
  for (std::size_t i = 0; i < count; ++i) {
    const Endpoint& endpoint = words.endpoints[(first + i) % words.endpoints.size()];
    if (auto opened = worker->open(endpoint, words.pipeline); !opened) {
      return std::unexpected(opened.error());
    }
  }
  return worker;
}

}  // namespace kv::bench
