#include "v4_replicated_kv/replication/acknowledgements.hpp"

#include <algorithm>

namespace kv {

void Acknowledgements::add(std::size_t place, ActorId life, const Served& served,
                           std::uint32_t round) {
  Ack& ack = acks_.at(place);
  const bool has_it_since = given_.has(place) && ack.life == life;
  if (!has_it_since) ack = {.life = life, .since = round};
  ack.round = std::max(ack.round, round);
  ack.served = served;
  given_.add(place);
  waiting_.remove(place);
}

// Whether the other may have served `one` without the version, after `one` acknowledged it.
bool Acknowledgements::doubts(std::size_t one, std::size_t other) const {
  const Ack& ack = acks_[one];
  const ActorId served = acks_[other].served.at(one);
  const bool served_no_later =
      served == kNoLife || (served == ack.life && served != kAnyLife);
  return !served_no_later && ack.round <= acks_[other].since;
}

OwnerSet Acknowledgements::sure() const {
  OwnerSet sure = given_;
  for (;;) {
    std::size_t worst = 0;
    std::size_t most = 0;
    for (std::size_t one = 0; one < acks_.size(); ++one) {
      std::size_t count = 0;
      for (std::size_t other = 0; other < acks_.size(); ++other) {
        if (one == other || !sure.has(one) || !sure.has(other)) continue;
        if (doubts(one, other) || doubts(other, one)) ++count;
      }
      if (count <= most) continue;
      most = count;
      worst = one;
    }
    if (most == 0) return sure;
    sure.remove(worst);
  }
}

OwnerSet Acknowledgements::in_doubt() const {
  OwnerSet in_doubt;
  for (std::size_t one = 0; one < acks_.size(); ++one) {
    for (std::size_t other = 0; other < acks_.size(); ++other) {
      if (one == other || !given_.has(one) || !given_.has(other)) continue;
      if (doubts(one, other)) in_doubt.add(one);
    }
  }
  return in_doubt;
}

bool Acknowledgements::wants_round() const {
  const OwnerSet doubtful = in_doubt();
  return doubtful.size() > 0 && (doubtful & waiting_).size() == 0;
}

}  // namespace kv
