#include "v4_replicated_kv/simulation/zone.hpp"

#include <fmt/format.h>

#include "v4_replicated_kv/simulation/trace.hpp"

namespace kv {

void Zone::add(const ClientOperation& read) {
  if (moment(read.invoked) > begun) {
    begun = moment(read.invoked);
    last_begun = &read;
  }
  if (moment(*read.returned) < over) {
    over = moment(*read.returned);
    first_over = &read;
  }
}

std::string Zone::describe() const {
  const std::string what =
      write == nullptr
          ? "nothing was written"
          : fmt::format("{} was there",
                        holds_value() ? write->value : "the tombstone of " + write->who);
  const std::string begin = fmt::format(
      "t={} ({})", milliseconds_text(last_begun->invoked), kv::describe(*last_begun));
  if (write == nullptr) return fmt::format("{} until {}", what, begin);
  const std::string end = fmt::format(
      "t={} ({})", milliseconds_text(*first_over->returned), kv::describe(*first_over));
  if (is_forward()) return fmt::format("{} from {} to {}", what, end, begin);
  return fmt::format("{} at some time from {} to {}", what, begin, end);
}

std::vector<Zone> clusters_of_writes(const KeyOperations& key) {
  std::vector<Zone> zones;
  zones.reserve(key.writes.size());
  for (const ClientOperation* write : key.writes) {
    zones.push_back({.write = write,
                     .first_over = write,
                     .last_begun = write,
                     .over = moment(write->effective_until()),
                     .begun = moment(write->invoked)});
  }
  return zones;
}

}  // namespace kv
