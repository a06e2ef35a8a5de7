// kv.v1.Peer.Introduce: who asks, who answers, and who is believed.
#include <chrono>
#include <cstdint>
#include <future>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <kv/v1/peer.grpc.pb.h>

#include "common/base/rng.hpp"
#include "tests/server/patience.hpp"
#include "v4_replicated_kv/api/grpc/grpc_server.hpp"
#include "v4_replicated_kv/transport/grpc/introducer.hpp"
#include "v4_replicated_kv/transport/grpc/introduction.hpp"
#include "v4_replicated_kv/transport/grpc/peer_service.hpp"

using namespace kv;
using namespace kv::test;

namespace {

const std::string kSecret = "open sesame";

WhoAreYou question() {
  return {.round = 7,
          .from = {.addresses = {.name = "n1\xff",
                                 .grpc = "127.0.0.1:9000",
                                 .peer = "127.0.0.1:40001",
                                 .http = "127.0.0.1:8080"},
                   .weight = 2.5,
                   .zone = "rack1",
                   .boot = 99},
          .cluster = ClusterId{0},
          .founds = true,
          .visits = true};
}

IAm answer() {
  IAm answer{.round = 7,
             .to_boot = 99,
             .from = question().from,
             .cluster = ClusterId{0xC1},
             .has_begun = true,
             .expects = {"n1", "n2"},
             .plan = {.copies = 2, .partitions = 64, .policy = Policy::siblings},
             .offer = RingOffer{.hash_seed = 5, .members = {}, .ring = {}},
             .other_life = "127.0.0.1:9001"};
  answer.from.addresses.name = "n2";
  answer.offer->members = {question().from.addresses, answer.from.addresses};
  answer.offer->ring.assign("any \0 bytes", 11);
  return answer;
}

// A node that answers questions, if with the same answer always.
struct Host {
  explicit Host(std::string secret) {
    auto opened = GrpcServer::open({}, {&service});
    if (!opened) FAIL(opened.error().detail);
    server = *std::move(opened);
    service.desk().open(std::move(secret),
                        [this](WhoAreYou asked, IntroductionDesk::Give give) {
                          {
                            const std::scoped_lock lock(mutex);
                            heard.push_back(std::move(asked));
                          }
                          give(says);
                        });
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  ~Host() { service.desk().close(); }

  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(server->port());
  }

  std::optional<IAm> says = answer();
  std::mutex mutex;
  std::vector<WhoAreYou> heard;
  PeerService service;
  std::unique_ptr<GrpcServer> server;
};

// Tasks run on gRPC's thread, one at a time: this executor has no thread of its own.
void at_once(Introducer::Task task) {
  task();
}

Result<IAm> ask(const std::string& secret, const std::string& address,
                std::chrono::milliseconds deadline = kPatience) {
  std::promise<Result<IAm>> told;
  Introducer introducer(secret, at_once);
  introducer.ask(address, question(), deadline,
                 [&](Result<IAm> said) { told.set_value(std::move(said)); });
  auto future = told.get_future();
  REQUIRE(future.wait_for(kPatience) == std::future_status::ready);
  return future.get();
}

Errc code_of(const Result<IAm>& said) {
  REQUIRE_FALSE(said.has_value());
  return said.error().code;
}

}  // namespace

TEST_CASE(
    "a question and its answer arrive as they were said, with a secret or without") {
  for (const std::string& secret : {std::string(), kSecret}) {
    Host host(secret);
    const auto said = ask(secret, host.address());
    if (!said) FAIL(said.error().detail);
    REQUIRE(host.heard.size() == 1);
    CHECK(question_bytes(host.heard.front()) == question_bytes(question()));
    CHECK(host.heard.front().cluster == question().cluster);
    CHECK(host.heard.front().from.addresses == question().from.addresses);
    CHECK(answer_bytes(*said) == answer_bytes(answer()));
    CHECK(said->offer->members == answer().offer->members);
    CHECK(said->offer->ring == answer().offer->ring);
    CHECK(said->from.addresses.peer == "127.0.0.1:40001");
  }
}

TEST_CASE("what is not said does not become something") {
  WhoAreYou blank = question();
  blank.cluster.reset();
  const auto asked = parse_question(question_bytes(blank));
  REQUIRE(asked.has_value());
  CHECK_FALSE(asked->cluster.has_value());
  IAm nobody = answer();
  nobody.cluster.reset();
  nobody.offer.reset();
  nobody.expects.clear();
  const auto said = parse_answer(answer_bytes(nobody));
  REQUIRE(said.has_value());
  CHECK_FALSE(said->cluster.has_value());
  CHECK_FALSE(said->offer.has_value());
  CHECK(said->expects.empty());
}

TEST_CASE("whoever lacks the secret, or has one where there is none, is not heard") {
  Host host(kSecret);
  CHECK(code_of(ask("open barley", host.address())) == Errc::conflict);
  CHECK(code_of(ask("", host.address())) == Errc::conflict);
  CHECK(host.heard.empty());
  Host open("");
  CHECK(code_of(ask(kSecret, open.address())) == Errc::conflict);
  CHECK(open.heard.empty());
}

TEST_CASE("a proof is of one body, one nonce, one secret and one direction") {
  const std::string nonce(kNonceBytes, 'n');
  const auto said =
      introduction(Spoken::question, question_bytes(question()), nonce, kSecret);
  CHECK(check(Spoken::question, said, kSecret).has_value());
  CHECK_FALSE(check(Spoken::answer, said, kSecret).has_value());
  CHECK_FALSE(check(Spoken::question, said, "another").has_value());
  auto other = said;
  other.mutable_nonce()->front() = 'm';
  CHECK_FALSE(check(Spoken::question, other, kSecret).has_value());
  other = said;
  other.mutable_body()->back() ^= 1;
  CHECK_FALSE(check(Spoken::question, other, kSecret).has_value());
  other = said;
  other.clear_proof();
  CHECK_FALSE(check(Spoken::question, other, kSecret).has_value());
}

TEST_CASE("an answer to another question is none, whoever proved it") {
  // It knows the secret, and repeats what it once answered.
  class Parrot final : public v1::Peer::Service {
   public:
    grpc::Status Introduce(grpc::ServerContext* /*context*/,
                           const v1::Introduction* /*question*/,
                           v1::Introduction* said) override {
      *said = introduction(Spoken::answer, answer_bytes(answer()),
                           std::string(kNonceBytes, 'o'), kSecret);
      return grpc::Status::OK;
    }
  };
  Parrot parrot;
  const auto server = GrpcServer::open({}, {&parrot});
  REQUIRE(server.has_value());
  const auto said = ask(kSecret, "127.0.0.1:" + std::to_string((*server)->port()));
  CHECK(code_of(said) == Errc::corrupt);
}

TEST_CASE("every question ends: nobody there, nobody who answers, no answer in time") {
  std::string address;
  {
    Host host("");
    address = host.address();
    host.says.reset();
    CHECK(code_of(ask("", address)) == Errc::io);
    host.service.desk().close();
    CHECK(code_of(ask("", address)) == Errc::io);

    // Kept, until it is asked no more.
    std::vector<IntroductionDesk::Give> kept;
    std::mutex mutex;
    host.service.desk().open("", [&](WhoAreYou /*asked*/, IntroductionDesk::Give give) {
      const std::scoped_lock lock(mutex);
      kept.push_back(std::move(give));
    });
    CHECK(code_of(ask("", address, std::chrono::milliseconds(100))) == Errc::io);
    host.service.desk().close();
    const std::scoped_lock lock(mutex);
    for (auto& give : kept) give(answer());  // too late, and harmless
  }
  CHECK(code_of(ask("", address)) == Errc::io);
  CHECK(code_of(ask("", "no such address at all")) == Errc::io);
}

TEST_CASE("an introducer that goes leaves no question behind that tells somebody") {
  Host host("");
  std::vector<IntroductionDesk::Give> kept;
  std::mutex mutex;
  std::promise<void> asked;
  host.service.desk().open("", [&](WhoAreYou /*asked*/, IntroductionDesk::Give give) {
    const std::scoped_lock lock(mutex);
    kept.push_back(std::move(give));
    asked.set_value();
  });
  {
    Introducer introducer("", at_once);
    introducer.ask(host.address(), question(), kPatience,
                   [](Result<IAm> /*said*/) { FAIL_CHECK("nobody is there any more"); });
    asked.get_future().wait();
  }
  const std::scoped_lock lock(mutex);
  kept.front()(answer());
}

TEST_CASE("what cannot be is refused, and damaged bytes at most mean something else") {
  const auto refused = [](auto change) {
    WhoAreYou spoilt = question();
    change(spoilt.from);
    return !parse_question(question_bytes(spoilt)).has_value();
  };
  CHECK(refused([](Card& card) { card.addresses.name.clear(); }));
  CHECK(refused([](Card& card) { card.addresses.name.assign(256, 'n'); }));
  CHECK(refused([](Card& card) { card.addresses.grpc.assign(301, 'a'); }));
  CHECK(refused([](Card& card) { card.zone.assign(256, 'z'); }));
  CHECK(refused([](Card& card) { card.weight = 0; }));
  CHECK(refused([](Card& card) { card.weight = 1e9; }));
  CHECK(refused(
      [](Card& card) { card.weight = std::numeric_limits<double>::quiet_NaN(); }));
  IAm many = answer();
  many.expects.assign(1025, "n");
  CHECK_FALSE(parse_answer(answer_bytes(many)).has_value());
  many = answer();
  many.offer->members.assign(1025, question().from.addresses);
  CHECK_FALSE(parse_answer(answer_bytes(many)).has_value());
  many = answer();
  many.plan.copies = 17;
  CHECK_FALSE(parse_answer(answer_bytes(many)).has_value());

  constexpr std::uint64_t kSeed = 20;
  CAPTURE(kSeed);
  Rng chance(kSeed);
  const std::string bytes = answer_bytes(answer());
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = bytes.substr(0, 1 + chance.below(bytes.size()));
    for (std::uint64_t flips = chance.below(4); flips > 0; --flips) {
      char& c = damaged[chance.below(damaged.size())];
      c = static_cast<char>(chance.below(256));
    }
    const auto said = parse_answer(damaged);
    if (said) CHECK(said->expects.size() <= 1024);
    if (const auto asked = parse_question(damaged)) {
      CHECK_FALSE(asked->from.addresses.name.empty());
    }
  }
}

TEST_CASE("questions of strangers are answered with a status, whatever is in them") {
  Host host("");
  const auto stub = v1::Peer::NewStub(
      grpc::CreateChannel(host.address(), grpc::InsecureChannelCredentials()));
  const auto status_of = [&](const v1::Introduction& said) {
    grpc::ClientContext context;
    v1::Introduction answered;
    return stub->Introduce(&context, said, &answered).error_code();
  };
  const std::string nonce(kNonceBytes, 'n');
  constexpr auto kInvalid = grpc::StatusCode::INVALID_ARGUMENT;
  CHECK(status_of({}) == kInvalid);
  CHECK(status_of(introduction(Spoken::question, "no question", nonce, "")) == kInvalid);
  CHECK(status_of(introduction(Spoken::question, question_bytes(question()), "short",
                               "")) == kInvalid);
  CHECK(status_of(introduction(Spoken::question, std::string(kQuestionBytesMax + 1, 'q'),
                               nonce, "")) == kInvalid);
  CHECK(status_of(introduction(Spoken::question, question_bytes(question()), nonce,
                               "")) == grpc::StatusCode::OK);
}
