#include "v4_replicated_kv/transport/grpc/introduction_desk.hpp"

#include <atomic>
#include <cstddef>
#include <utility>

#include "v4_replicated_kv/transport/grpc/introduction.hpp"

namespace kv {

namespace {

// Questions without an answer. Nodes ask a few times a second.
constexpr std::size_t kOpenMax = 256;

grpc::Status refusal_of(const Error& why) {
  if (why.code == Errc::conflict) {
    return {grpc::StatusCode::PERMISSION_DENIED,
            "it refuses this node's secret: cluster.secret_file is not the same on both "
            "nodes"};
  }
  return {grpc::StatusCode::INVALID_ARGUMENT, why.detail};
}

}  // namespace

// One question. Ends once, and in any case.
class IntroductionDesk::Open {
 public:
  Open(std::string nonce, std::string secret, grpc::ServerUnaryReactor* reactor,
       v1::Introduction* answer)
      : nonce_(std::move(nonce)),
        secret_(std::move(secret)),
        reactor_(reactor),
        answer_(answer) {}
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  ~Open() { end(std::nullopt); }

  void end(const std::optional<IAm>& answer) {
    if (is_over_.exchange(true)) return;
    if (!answer) {
      return reactor_->Finish(
          {grpc::StatusCode::UNAVAILABLE, "this node has no answer now: ask again"});
    }
    *answer_ = introduction(Spoken::answer, answer_bytes(*answer), nonce_, secret_);
    reactor_->Finish(grpc::Status::OK);
  }

 private:
  std::string nonce_;
  std::string secret_;
  grpc::ServerUnaryReactor* reactor_;
  v1::Introduction* answer_;
  std::atomic<bool> is_over_ = false;
};

void IntroductionDesk::open(std::string secret, Answer answer) {
  const std::scoped_lock lock(mutex_);
  secret_ = std::move(secret);
  answer_ = std::move(answer);
}

void IntroductionDesk::close() {
  std::vector<std::weak_ptr<Open>> left;
  {
    const std::scoped_lock lock(mutex_);
    answer_ = nullptr;
    left.swap(open_);
  }
  for (const auto& each : left) {
    if (const auto question = each.lock()) question->end(std::nullopt);
  }
}

bool IntroductionDesk::has_room() {
  if (open_.size() < kOpenMax) return true;
  std::erase_if(open_, [](const auto& each) { return each.expired(); });
  return open_.size() < kOpenMax;
}

grpc::ServerUnaryReactor* IntroductionDesk::ask(grpc::CallbackServerContext* context,
                                                const v1::Introduction* question,
                                                v1::Introduction* answer) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const std::scoped_lock lock(mutex_);
  if (!answer_ || !has_room()) {
    reactor->Finish({grpc::StatusCode::UNAVAILABLE,
                     answer_ ? "too many ask at once: ask again"
                             : "this node answers nobody yet, or stops: ask again"});
    return reactor;
  }
  const auto checked = check(Spoken::question, *question, secret_);
  auto parsed = checked ? parse_question(question->body())
                        : Result<WhoAreYou>(std::unexpected(checked.error()));
  if (!parsed) {
    reactor->Finish(refusal_of(parsed.error()));
    return reactor;
  }
  const auto open = std::make_shared<Open>(question->nonce(), secret_, reactor, answer);
  open_.push_back(open);
  answer_(*std::move(parsed),
          [open](const std::optional<IAm>& said) { open->end(said); });
  return reactor;
}

}  // namespace kv
