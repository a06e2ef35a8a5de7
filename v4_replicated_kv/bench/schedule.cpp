#include "v4_replicated_kv/bench/schedule.hpp"

#include "common/base/check.hpp"
#include "v4_replicated_kv/bench/zipf.hpp"

namespace kv::bench {

double exponential(Rng& rng) {
  // A run of falling numbers has an odd length with probability e^-x, x being the first of
  // them; each run of even length adds one whole.
  for (std::uint64_t whole = 0;; ++whole) {
    const double first = fraction(rng);
    double last = first;
    bool odd = true;
    while (true) {
      const double next = fraction(rng);
      if (next >= last) break;
      last = next;
      odd = !odd;
    }
    if (odd) return static_cast<double>(whole) + first;
  }
}

Schedule::Schedule(Arrivals arrivals, double rate, std::size_t thread,
                   std::size_t threads, Ns begin, Rng rng)
    : arrivals_(arrivals),
      begin_(begin),
      gap_(1e9 * static_cast<double>(threads) / rate),
      first_(gap_ * static_cast<double>(thread) / static_cast<double>(threads)),
      rng_(rng) {
  KV_CHECK(rate > 0 && thread < threads, "a schedule needs a rate and a thread");
  due_ = arrivals == Arrivals::even ? first_ : gap_ * exponential(rng_);
}

void Schedule::advance() {
  ++gone_;
  // A product, not a sum: even gaps do not drift.
  due_ = arrivals_ == Arrivals::even ? first_ + gap_ * static_cast<double>(gone_)
                                     : due_ + gap_ * exponential(rng_);
}

}  // namespace kv::bench
