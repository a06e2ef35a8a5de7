// Frames over TCP.
#include "tests/transport/table.hpp"

namespace kv::test {

std::vector<Adapter> adapters() {
  return {{"frames", &open_frames_transport}};
}

}  // namespace kv::test
