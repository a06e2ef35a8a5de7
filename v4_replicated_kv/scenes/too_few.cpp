// Scene: W copies cannot be reached, and the answer says what is known of the write.
#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "v4_replicated_kv/scenes/scenes.hpp"
#include "v4_replicated_kv/scenes/timed_put.hpp"

namespace kv {

namespace {

constexpr std::chrono::milliseconds kTimeout{250};

std::string outcome_of(const Answer& answer) {
  if (answer.ok()) return "ok";
  return answer.outcome == Outcome::refused ? "refused" : "unknown";
}

std::string trouble_of(const Answer& answer) {
  return std::string(word_for(answer.trouble));
}

}  // namespace

Result<SceneReport> too_few(const Theatre& theatre) {
  auto cluster = SceneCluster::open(theatre, "too_few", scene_options(theatre, 3));
  if (!cluster) return std::unexpected(cluster.error());
  Cluster& store = **cluster;

  PutOptions how;
  how.via = "n1";
  cluster->kill("n2");
  cluster->kill("n3");
  const TimedPut two_dead = timed_put(store, scene_key(0), "value", how);
  cluster->start({"n2", "n3"});
  const std::size_t there = cluster->found(1, "value", get_at(Level::all));

  cluster->isolate("n1", true);
  how.timeout = kTimeout;
  const TimedPut two_silent = timed_put(store, scene_key(1), "value", how);
  cluster->isolate("n1", false);

  for (const std::string node : {"n1", "n2", "n3"}) cluster->kill(node);
  const auto all_dead = store.put(scene_key(2), "value");
  cluster->start({"n1", "n2", "n3"});
  const auto nowhere = store.get(scene_key(2), get_at(Level::all));

  const auto timeout = static_cast<double>(kTimeout.count());
  const auto patience = static_cast<double>(theatre.patience.count());
  return cluster->finish(
      {.name = "too_few",
       .question = fmt::format(
           "W=2, but n2 and n3 are dead. What is the client of n1 told, and "
           "is its value there once they are back? What if they are not dead, "
           "but the cables to them are cut, and the client waits {} ms? And if "
           "all three are dead?",
           kTimeout.count()),
       .claims =
           {in_words("two_dead", "two are dead: the put is", "unknown",
                     outcome_of(two_dead.answer)),
            in_words("two_dead_why", "because", "quorum_not_reached",
                     trouble_of(two_dead.answer)),
            within("two_dead_ms", "told after (ms)", {.high = patience}, two_dead.ms),
            exactly("two_dead_there", "values there once they are back (R=3)", 1, there),
            in_words("two_silent", "two say nothing: the put is", "unknown",
                     outcome_of(two_silent.answer)),
            in_words("two_silent_why", "because", "timeout",
                     trouble_of(two_silent.answer)),
            within("two_silent_ms", "told after (ms)", {.low = timeout}, two_silent.ms),
            in_words("all_dead", "all are dead: the put is", "refused",
                     outcome_of(all_dead)),
            in_words("all_dead_why", "because", "not_ready", trouble_of(all_dead)),
            exactly("all_dead_there", "values there once they are back (R=3)", 0,
                    nowhere.values.size())},
       .meaning = "Refused means: nothing was written. Unknown does not mean failed: n1 "
                  "had the write, W was not reached, and the value may be there "
                  "afterwards or not. Who needs to know puts again with the same "
                  "request id; that makes no second version."});
}

}  // namespace kv
