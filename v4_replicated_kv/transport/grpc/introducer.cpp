#include "v4_replicated_kv/transport/grpc/introducer.hpp"

#include <mutex>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <kv/v1/peer.grpc.pb.h>
#include <sys/random.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/transport/grpc/dialled_stream.hpp"
#include "v4_replicated_kv/transport/grpc/introduction.hpp"

namespace kv {

// Held by every question, too: gRPC may end one when the introducer is gone.
struct Introducer::Shared {
  std::string secret;
  Post post;
  std::mutex mutex;
  std::unordered_set<Question*> open;
  bool is_closed = false;
};

struct Introducer::Question {
  std::string address;
  Done done;
  std::unique_ptr<v1::Peer::Stub> stub;
  grpc::ClientContext context;
  v1::Introduction asked;
  v1::Introduction answered;
};

namespace {

Errc code_of(const grpc::Status& status) {
  if (status.error_code() == grpc::StatusCode::INVALID_ARGUMENT) return Errc::corrupt;
  if (status.error_code() == grpc::StatusCode::PERMISSION_DENIED) return Errc::conflict;
  return Errc::io;
}

Result<IAm> answer_in(const v1::Introduction& asked, const v1::Introduction& answered,
                      const std::string& secret) {
  if (auto checked = check(Spoken::answer, answered, secret); !checked) {
    return std::unexpected(checked.error());
  }
  if (answered.nonce() != asked.nonce()) {
    return fail(Errc::corrupt, "the answer is to another question");
  }
  return parse_answer(answered.body());
}

}  // namespace

Introducer::Introducer(std::string secret, Post post)
    : shared_(std::make_shared<Shared>()) {
  shared_->secret = std::move(secret);
  shared_->post = std::move(post);
}

Introducer::~Introducer() {
  const std::scoped_lock lock(shared_->mutex);
  shared_->is_closed = true;
  for (Question* const question : shared_->open) question->context.TryCancel();
}

void Introducer::ask(const std::string& address, const WhoAreYou& question,
                     std::chrono::milliseconds deadline, Done done) {
  std::string nonce(kNonceBytes, '\0');
  if (::getrandom(nonce.data(), nonce.size(), 0) != static_cast<ssize_t>(nonce.size())) {
    return shared_->post([done = std::move(done)]() mutable {
      done(fail(Errc::io, "the operating system gives no random numbers"));
    });
  }
  auto open = std::make_shared<Question>();
  open->address = address;
  open->done = std::move(done);
  // A new channel each time: an old one waits longer and longer before it connects again.
  open->stub = v1::Peer::NewStub(own_channel("dns:///" + address));
  open->context.set_deadline(std::chrono::system_clock::now() + deadline);
  open->asked = introduction(Spoken::question, question_bytes(question), std::move(nonce),
                             shared_->secret);
  {
    const std::scoped_lock lock(shared_->mutex);
    shared_->open.insert(open.get());
  }
  open->stub->async()->Introduce(
      &open->context, &open->asked, &open->answered,
      [open, shared = shared_](const grpc::Status& status) {
        Result<IAm> answer =
            status.ok() ? answer_in(open->asked, open->answered, shared->secret)
                        : fail(code_of(status), printable(status.error_message()));
        if (!answer) {
          answer.error().detail =
              fmt::format("node at {}: {}", open->address, answer.error().detail);
        }
        const std::scoped_lock lock(shared->mutex);
        shared->open.erase(open.get());
        if (shared->is_closed) return;
        shared->post([done = std::move(open->done),
                      answer = std::move(answer)]() mutable { done(std::move(answer)); });
      });
}

}  // namespace kv
