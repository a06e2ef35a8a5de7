// A node with a door for HTTP, for whoever wants to knock with a program of theirs.
//
// usage: http_node [DIRECTORY [PORT]], in memory without one; it lives until its input ends.
#include <cstdio>
#include <string>

#include "common/base/whole_number.hpp"
#include "v4_replicated_kv/api/http/http_door.hpp"
#include "v4_replicated_kv/server/open_server.hpp"

int main(int count, char** words) {
  kv::ServerOptions node;
  if (count > 1) node.data_dir = words[1];
  kv::http::DoorOptions options;
  if (count > 2) {
    options.port = static_cast<std::uint16_t>(kv::whole_number(words[2]).value_or(0));
  }
  const auto loop = kv::open_lone_server(node);
  if (!loop) return std::fprintf(stderr, "%s\n", loop.error().detail.c_str()), 1;
  const auto door = kv::http::HttpDoor::open(**loop, options);
  if (!door) return std::fprintf(stderr, "%s\n", door.error().detail.c_str()), 1;
  std::printf("http://127.0.0.1:%d\n", (*door)->port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  (*loop)->stop();
  return 0;
}
