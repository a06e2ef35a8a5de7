// The store without any lock: two threads in one engine. This is not merely wrong but
// undefined, so it is built for the thread sanitizer only, which has to say so:
//
//   cmake --preset tsan && cmake --build --preset tsan --target no_lock
//   build/tsan/bin/no_lock
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "common/base/check.hpp"
#include "tests/storage/driven_engine.hpp"
#include "v4_replicated_kv/simulation/simulated_disk.hpp"

// Undefined once is enough.
extern "C" const char* __tsan_default_options() {
  return "halt_on_error=1";
}

int main() {
  using namespace kv;
  auto disk = open_simulated_disk(std::make_shared<SimulatedPlatter>(1));
  auto store = DrivenEngine::open(std::move(*disk), 1, {.segment_bytes = 1 << 16});
  const auto put = [&](const char* key) {
    for (int i = 0; i < 100; ++i) disregard((*store)->put(key, std::to_string(i)));
  };
  std::jthread other([&] { put("a"); });
  put("b");
}
