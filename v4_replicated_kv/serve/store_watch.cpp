#include "v4_replicated_kv/serve/store_watch.hpp"

namespace kv {

namespace {

constexpr std::chrono::seconds kToldAfter{2};

}  // namespace

void StoreWatch::look(const NodeStats& stats, const EventLog& log) {
  look_at_disk(stats, log);
  look_at_waiting(stats, log);
}

void StoreWatch::look_at_disk(const NodeStats& stats, const EventLog& log) {
  if (stats.disk_full && !was_full_) {
    log.warn("the disk is full: writes that need room are refused; free some");
  }
  if (!stats.disk_full && was_full_) log.info("the disk has room again");
  was_full_ = stats.disk_full;
  // Another node of the same process counts from the start.
  if (stats.damages > damages_) {
    log.error(
        "the log is damaged: what was there only the other owners answer; mend it as "
        "after "
        "a lost disk",
        {{"damage", stats.last_damage}, {"places", stats.damages}});
  }
  damages_ = stats.damages;
}

void StoreWatch::look_at_waiting(const NodeStats& stats, const EventLog& log) {
  if (stats.lacks_because != lacked_because_) {
    lacked_because_ = stats.lacks_because;
    if (!lacked_because_.empty()) {
      log.warn("the disk lacks something", {{"because", lacked_because_}});
    }
  }
  if (stats.waits_for != waits_for_) {
    waits_for_ = stats.waits_for;
    waits_since_ = Clock::now();
  }
  if (waits_for_.empty()) told_.clear();
  if (waits_for_ == told_ || Clock::now() - waits_since_ < kToldAfter) return;
  told_ = waits_for_;
  log.info("waits", {{"for", told_}, {"stage", word_for(stats.stage)}});
}

}  // namespace kv
