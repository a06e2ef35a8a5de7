#include "v4_replicated_kv/runtime/calls.hpp"

#include <utility>

#include "common/base/check.hpp"

namespace kv {

Ticket Calls::open(std::size_t place) {
  std::size_t index = 0;
  Slot* slot = nullptr;
  {
    const std::scoped_lock lock(mutex_);
    if (free_.empty()) {
      free_.push_back(slots_.size());
      slots_.emplace_back();
    }
    index = free_.back();
    free_.pop_back();
    slot = &slots_[index];
  }
  const std::scoped_lock lock(slot->mutex);
  slot->place = place;
  slot->is_open = true;
  return Ticket{++slot->use << kSlotBits | index};
}

Calls::Slot& Calls::slot_of(Ticket ticket) {
  const std::size_t index = ticket.raw() & ((std::uint64_t{1} << kSlotBits) - 1);
  const std::scoped_lock lock(mutex_);
  KV_CHECK(index < slots_.size(), "a ticket was given out by open()");
  return slots_[index];
}

std::optional<Reply> Calls::wait(Ticket ticket,
                                 std::chrono::steady_clock::time_point until) {
  Slot& slot = slot_of(ticket);
  std::optional<Reply> reply;
  {
    std::unique_lock lock(slot.mutex);
    slot.wake.wait_until(lock, until, [&] { return slot.reply.has_value(); });
    reply = std::exchange(slot.reply, std::nullopt);
    slot.is_open = false;
  }
  const std::scoped_lock lock(mutex_);
  free_.push_back(ticket.raw() & ((std::uint64_t{1} << kSlotBits) - 1));
  return reply;
}

void Calls::answer(Reply reply) {
  Slot& slot = slot_of(reply.ticket);
  {
    const std::scoped_lock lock(slot.mutex);
    const bool is_awaited =
        slot.is_open && !slot.reply && slot.use == reply.ticket.raw() >> kSlotBits;
    if (!is_awaited) return;
    slot.reply = std::move(reply);
  }
  slot.wake.notify_one();
}

void Calls::place_is_gone(std::size_t place) {
  std::vector<Slot*> all;
  {
    const std::scoped_lock lock(mutex_);
    for (Slot& slot : slots_) all.push_back(&slot);
  }
  for (Slot* const slot : all) {
    {
      const std::scoped_lock lock(slot->mutex);
      if (!slot->is_open || slot->place != place || slot->reply) continue;
      slot->reply = Reply{.outcome = Outcome::unknown,
                          .trouble = Trouble::not_ready,
                          .detail = "the node that was asked is gone"};
    }
    slot->wake.notify_one();
  }
}

}  // namespace kv
