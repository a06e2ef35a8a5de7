// A live node's disk, and who works on it: the keeper of the house, the log's thread, and one
// for what may take long.
//
// Threads   the engine and the housekeeping are guarded by `mutex`; the rest is the loop's, or
//           has threads and locks of its own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "v4_replicated_kv/runtime/blocking_thread.hpp"
#include "v4_replicated_kv/runtime/housekeeping.hpp"
#include "v4_replicated_kv/runtime/live_node.hpp"
#include "v4_replicated_kv/runtime/node_opener.hpp"
#include "v4_replicated_kv/runtime/reserver.hpp"
#include "v4_replicated_kv/runtime/store_stats.hpp"

namespace kv {

struct LiveNode::OnDisk {
  OnDisk(std::unique_ptr<Disk> own_disk, Recovered recovered, const NodeSetup& setup,
         const Post& post)
      : disk(std::move(own_disk)),
        hash(store_hasher(recovered.manifest)),
        engine(setup.limits, std::move(recovered)),
        housekeeping(mutex, engine, *disk, hash, setup.limits.segment_bytes,
                     setup.boot.seed),
        log(*disk, [post](LogReport report) { post(std::move(report)); }),
        reserver(
            blocking,
            [this](const Reservation& wanted) {
              return housekeeping.reserve_dots(wanted.actor, wanted.up_to,
                                               wanted.is_whole);
            },
            [this, post](const Reservation& wanted, const Result<void>& written) {
              if (written) return post(Reserved{wanted});
              broken(written.error());
              post(LookAgain{});
            }) {}

  // A helper met an error of the disk that does not pass.
  void broken(const Error& error) {
    const std::scoped_lock lock(mutex);
    engine.failed(error);
  }

  std::unique_ptr<Disk> disk;
  Hasher hash;
  std::mutex mutex;  // guards the engine
  LogEngine engine;
  Housekeeping housekeeping;
  LatencyCounts sync_times;  // the loop's
  std::uint64_t groups = 0;
  LogThread log;
  Reserver reserver;
  BlockingThread blocking;
  std::condition_variable_any wake_keeper;
  std::jthread keeper;
};

}  // namespace kv
