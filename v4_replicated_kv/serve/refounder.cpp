#include "v4_replicated_kv/serve/refounder.hpp"

#include <mutex>
#include <utility>

#include "v4_replicated_kv/runtime/clocks.hpp"

namespace kv {

struct Refounder::State {
  State(const RefoundingSetup& setup, const HeldCluster& held,
        const RefoundRecord& record)
      : refounding(setup, held, record, moment_now().now) {}

  mutable std::mutex mutex;
  Refounding refounding;
  RefoundingEffects todo;
};

Refounder::Refounder(const RefoundingSetup& setup, const HeldCluster& held,
                     const RefoundRecord& record, Ask ask)
    : ask_(std::move(ask)), state_(std::make_shared<State>(setup, held, record)) {}

void Refounder::observe(std::string unfit, std::vector<MemberAddresses> members) {
  const std::scoped_lock lock(state_->mutex);
  state_->refounding.observe(std::move(unfit), std::move(members));
}

RefoundingEffects Refounder::due() {
  RefoundingEffects todo;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->refounding.time(moment_now().now, state_->todo);
    todo = std::exchange(state_->todo, {});
  }
  for (const RefoundingEffects::Ask& ask : todo.ask) {
    ask_(ask.address, ask.question, [state = state_, ask](const IAm& answer) {
      const std::scoped_lock lock(state->mutex);
      state->refounding.told(ask, answer, state->todo);
    });
  }
  return todo;
}

void Refounder::prepared(const Result<void>& done) {
  const std::scoped_lock lock(state_->mutex);
  state_->refounding.prepared(done, moment_now().now, state_->todo);
}

void Refounder::decided() {
  const std::scoped_lock lock(state_->mutex);
  state_->refounding.decided();
}

void Refounder::went_on(const HeldCluster& held) {
  const std::scoped_lock lock(state_->mutex);
  state_->refounding.went_on(held);
}

void Refounder::went_back() {
  const std::scoped_lock lock(state_->mutex);
  state_->refounding.went_back();
}

RefoundAnswer Refounder::asked(const RefoundQuestion& question) {
  const std::scoped_lock lock(state_->mutex);
  return state_->refounding.asked(question, moment_now().now, state_->todo);
}

bool Refounder::is_away() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->refounding.is_away();
}

std::string Refounder::waits_for() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->refounding.waits_for();
}

}  // namespace kv
