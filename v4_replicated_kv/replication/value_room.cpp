#include "v4_replicated_kv/replication/value_room.hpp"

namespace kv {

bool ValueRoom::fits(std::size_t bytes) const {
  const auto fits_now = [&] {
    return taken_ == 0 || (taken_ < bytes_max_ && bytes <= bytes_max_ - taken_);
  };
  if (fits_now()) return true;
  std::erase_if(lent_, [&](const Lent& lent) {
    if (!lent.loan.expired()) return false;
    taken_ -= lent.bytes;
    return true;
  });
  return fits_now();
}

std::optional<ValueLoan> ValueRoom::lend(std::size_t bytes) {
  if (bytes <= kLongValue) return ValueLoan{};
  if (!waiting_.empty() || !fits(bytes)) return std::nullopt;
  return take(bytes);
}

ValueLoan ValueRoom::take(std::size_t bytes) {
  ValueLoan loan = std::make_shared<std::size_t>(bytes);
  lent_.push_back({.loan = loan, .bytes = bytes});
  taken_ += bytes;
  return loan;
}

std::optional<ValueRoom::Turn> ValueRoom::next() {
  if (!has_next()) return std::nullopt;
  const Waiting first = waiting_.front();
  waiting_.pop_front();
  return Turn{.id = first.id, .loan = take(first.bytes)};
}

}  // namespace kv
