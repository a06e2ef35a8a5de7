// Scene: a node dies in the middle of a write, and later a byte of its log goes bad.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "v4_replicated_kv/scenes/scenes.hpp"
#include "v4_replicated_kv/wal/log_files.hpp"
#include "v4_replicated_kv/wal/verify.hpp"

namespace kv {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeys = 30;
const std::string kValue(200, 'v');
const std::string kTornValue(200, 't');

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<void> failed_at(const fs::path& path) {
  return fail(Errc::io, fmt::format("{}: cannot be changed", path.string()));
}

// The file of the log that holds these bytes; empty where none does.
fs::path log_with(const std::string& directory, const std::string& bytes) {
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(directory, failed)) {
    const bool is_log = entry.path().extension() == ".log";
    if (is_log && bytes_of(entry.path()).find(bytes) != std::string::npos) {
      return entry.path();
    }
  }
  return {};
}

// Ends the file in the middle of the record with this value.
Result<void> cut_in_the_middle_of(const std::string& directory,
                                  const std::string& value) {
  const fs::path path = log_with(directory, value);
  std::error_code failed;
  fs::resize_file(path, bytes_of(path).find(value) + value.size() / 2, failed);
  return failed ? failed_at(path) : Result<void>();
}

// Changes one bit of the first record with this value.
Result<void> flip_a_bit_of(const std::string& directory, const std::string& value) {
  const fs::path path = log_with(directory, value);
  const auto at = bytes_of(path).find(value);
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(value.front() ^ 1));
  return file.flush() ? Result<void>() : failed_at(path);
}

struct LogState {
  std::size_t torn = 0;
  std::size_t damaged = 0;
};

LogState look_at_log(SceneCluster& cluster, const std::string& node) {
  const auto files = open_log(cluster.directory_of(node));
  if (!files) {
    cluster.must(std::unexpected(files.error()));
    return {};
  }
  const Verdict verdict = verify(*files);
  return {.torn = verdict.torn_tail ? 1U : 0U, .damaged = verdict.damage.size()};
}

std::uint64_t groups_of_n3(SceneCluster& cluster) {
  return cluster->stats().at(2).groups;
}

// Puts a key whose write reaches n3's log while its word does not reach anybody; then n3
// dies. Whether the put was acknowledged, by the other two.
bool put_and_die(SceneCluster& cluster) {
  constexpr std::chrono::hours kNever{1};
  constexpr std::chrono::milliseconds kLookAgain{1};  // nobody tells of a log's progress
  cluster.must(cluster->slow_down("n3", kNever));
  const std::uint64_t groups = groups_of_n3(cluster);
  PutOptions how;
  how.via = "n1";
  const bool acknowledged = cluster->put(scene_key(kKeys), kTornValue, how).ok();
  const auto give_up = std::chrono::steady_clock::now() + cluster.patience();
  while (groups_of_n3(cluster) == groups && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(kLookAgain);
  }
  cluster.kill("n3");
  cluster.must(cluster->slow_down("n3", std::chrono::milliseconds(0)));
  return acknowledged;
}

// Of all keys.
std::size_t found_all(SceneCluster& cluster, const GetOptions& how) {
  const auto torn = cluster->get(scene_key(kKeys), how);
  const bool has_torn = torn.ok() && torn.values == std::vector{kTornValue};
  return cluster.found(kKeys, kValue, how) + (has_torn ? 1U : 0U);
}

}  // namespace

Result<SceneReport> torn_log(const Theatre& theatre) {
  auto cluster = SceneCluster::open(theatre, "torn_log", scene_options(theatre, 3));
  if (!cluster) return std::unexpected(cluster.error());
  const std::string directory = cluster->directory_of("n3");

  std::size_t acknowledged = cluster->put_each(kKeys, kValue, put_at(Level::all));
  if (put_and_die(*cluster)) ++acknowledged;
  cluster->must(cut_in_the_middle_of(directory, kTornValue));
  const LogState after_crash = look_at_log(*cluster, "n3");
  cluster->start({"n3"});
  const std::size_t alone = cluster->found_alone_on("n3", kKeys, kValue);
  const std::size_t there = found_all(*cluster, get_at(Level::all));

  cluster->kill("n3");
  cluster->must(flip_a_bit_of(directory, kValue));
  const LogState after_rot = look_at_log(*cluster, "n3");
  cluster->start({"n3"});
  GetOptions through_it;
  through_it.via = "n3";
  const std::size_t read = found_all(*cluster, through_it);
  const std::size_t alone_again = cluster->found_alone_on("n3", kKeys, kValue);
  return cluster->finish(
      {.name = "torn_log",
       .question = "30 keys are on three disks. The 31st is acknowledged by n1 and n2 "
                   "while n3 dies in the middle of writing it: its log ends half way "
                   "through the record. What does n3 have when it is back, and are all "
                   "31 there? Then n3 is stopped once more, and one bit in the middle of "
                   "its log is flipped. Who notices, and what is lost?",
       .claims = {exactly("acknowledged", "puts acknowledged", kKeys + 1, acknowledged),
                  exactly("torn_tails", "torn tails found in the log of n3", 1,
                          after_crash.torn),
                  exactly("damaged_by_crash", "damaged places found", 0,
                          after_crash.damaged),
                  exactly("alone_after_crash", "of 30 keys, on n3 itself when it is back",
                          kKeys, alone),
                  exactly("read_after_crash", "of 31 keys, read from all (R=3)",
                          kKeys + 1, there),
                  exactly("damaged_by_rot", "damaged places found after the bit flip", 1,
                          after_rot.damaged),
                  exactly("read_after_rot", "of 31 keys, read through n3 (R=2)",
                          kKeys + 1, read),
                  exactly("alone_after_rot", "of 30 keys, on n3 itself after that", kKeys,
                          alone_again)},
       .meaning = "A record that ends too early at the end of the log was never "
                  "acknowledged by this node: it is cut off, and nothing is lost. A "
                  "record that is wrong with whole ones after it was on the disk, and "
                  "has changed: that is damage. The node says so and answers for nothing "
                  "that it cannot vouch for; a read asks another one, and repairs it."});
}

}  // namespace kv
