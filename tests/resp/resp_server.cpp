// A node of its own with a door for clients of Redis, to try them on: resp_server [DIRECTORY]
// says its port, and goes when its standard input ends. Without a directory it keeps nothing.
#include <cstdio>
#include <string>

#include "v4_replicated_kv/api/resp/door.hpp"
#include "v4_replicated_kv/server/open_server.hpp"

int main(int argc, char** argv) {
  kv::ServerOptions options;
  options.data_dir = argc > 1 ? argv[1] : "";
  auto loop = kv::open_lone_server(options);
  if (!loop || !(*loop)->wait_for(kv::Stage::whole, std::chrono::seconds(60))) return 1;
  const auto door = kv::resp::Door::open(**loop, {});
  if (!door) {
    std::fprintf(stderr, "%s\n", door.error().detail.c_str());
    return 1;
  }
  std::printf("%d\n", (*door)->port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  (*loop)->stop();
  return 0;
}
