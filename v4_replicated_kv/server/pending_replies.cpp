#include "v4_replicated_kv/server/pending_replies.hpp"

#include <utility>

namespace kv {

namespace {

constexpr unsigned kPlaceBits = 24;
constexpr std::uint64_t kPlaceMask = (std::uint64_t{1} << kPlaceBits) - 1;

}  // namespace

Ticket PendingReplies::ticket_of(std::size_t place, std::uint64_t use) {
  return Ticket{use << kPlaceBits | place};
}

Ticket PendingReplies::open(ClientPort::Done done) {
  if (free_.empty()) {
    free_.push_back(slots_.size());
    slots_.emplace_back();
  }
  const std::size_t place = free_.back();
  free_.pop_back();
  Slot& slot = slots_[place];
  slot.done = std::move(done);
  return ticket_of(place, ++slot.use);
}

std::optional<ClientPort::Done> PendingReplies::take(Ticket ticket) {
  const std::size_t place = ticket.raw() & kPlaceMask;
  if (place >= slots_.size()) return std::nullopt;
  Slot& slot = slots_[place];
  if (!slot.done || ticket_of(place, slot.use) != ticket) return std::nullopt;
  free_.push_back(place);
  return std::exchange(slot.done, std::nullopt);
}

std::vector<Ticket> PendingReplies::tickets() const {
  std::vector<Ticket> open;
  for (std::size_t place = 0; place < slots_.size(); ++place) {
    if (slots_[place].done) open.push_back(ticket_of(place, slots_[place].use));
  }
  return open;
}

}  // namespace kv
