// Writes to a store with several threads, and says on standard output what was
// acknowledged, one write() a line, so that nothing that was said is lost when the
// process is killed:
//
//   open             the store is open
//   ack THREAD OP    a thread's operation was acknowledged
//   error DETAIL     one was not, and its thread has ended
//
// usage: store_writer DIRECTORY LIFE THREADS OPS always|never SEGMENT_BYTES
//        [COMPACT_ABOVE]
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <unistd.h>

#include "tests/crash/operations.hpp"
#include "v4_replicated_kv/runtime/store.hpp"

namespace {

void say(const std::string& line) {
  const std::string text = line + "\n";
  // Who cannot be told has no use for more.
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) std::_Exit(3);
}

// Whether all was acknowledged.
bool work(kv::Store& store, std::uint64_t life, std::uint64_t thread, std::uint64_t ops) {
  for (std::uint64_t op = 0; op < ops; ++op) {
    const auto next = kv::test::operation_of(life, thread, op);
    const auto done =
        next.value ? store.put(next.key, *next.value) : store.erase(next.key);
    if (!done) {
      say("error " + done.error().detail);
      return false;
    }
    say("ack " + std::to_string(thread) + " " + std::to_string(op));
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7 && argc != 8) return 2;
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  kv::StoreOptions options{
      .cache_bytes = 16384,
      .segment_bytes = number(6),
      .partitions = 64,
      .compression = {.on = true, .bytes_min = 1024},
      .compact_above = argc == 8 ? std::strtod(argv[7], nullptr) : 0.3};
  if (std::string_view(argv[5]) == "never") options.sync = kv::SyncPolicy::never;
  const auto store = kv::Store::open(argv[1], options);
  if (!store) {
    say("error " + store.error().detail);
    return 1;
  }
  say("open");
  std::vector<char> fine(number(3), 0);
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t i = 0; i < fine.size(); ++i) {
      threads.emplace_back(
          [&, i] { fine[i] = work(**store, number(2), i, number(4)) ? 1 : 0; });
    }
  }
  for (const char one : fine) {
    if (one == 0) return 1;
  }
  return (*store)->close() ? 0 : 1;
}
