// What a node of a cluster tells of itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace kv {

enum class Stage : std::uint8_t {
  down,         // killed or stopped
  starting,     // asks its peers who it was; refuses clients
  catching_up,  // copies what it lost; serves clients, and counts for nothing
  whole,
  failed,  // its disk did something that nobody understands: takes part in nothing
};

struct NodeStats {
  std::string name{};
  bool is_guest = false;  // in no ring: a proxy
  Stage stage = Stage::down;
  bool is_paused = false;
  std::size_t held = 0;         // messages that wait for it to go on
  std::size_t late = 0;         // messages on the slow cables of its loop
  std::string failure{};        // why, if it failed
  std::string lacks_because{};  // of a disk that lacks something
  std::string waits_for{};      // whose answers or copies, with commas; or what else
  std::uint64_t damages = 0;   // places of the log that were found damaged, in this life,
  std::string last_damage{};   // and the last of them
  std::size_t keys = 0;        // that are there, those included whose time is over
  std::size_t tombstones = 0;  // of keys that were deleted
  std::size_t index_bytes = 0;  // of memory
  std::size_t hot_bytes = 0;    // of memory
  std::size_t segments = 0;
  std::uint64_t log_bytes = 0;
  std::uint64_t groups = 0;  // written since the start,
  std::uint64_t syncs = 0;   // and synced
  std::uint64_t sync_p50_ns = 0;
  std::uint64_t sync_p99_ns = 0;
  std::size_t in_flight = 0;  // requests that it coordinates
  bool disk_full = false;
  std::size_t peers_up = 0;  // of a server: members that it is connected with
};

[[nodiscard]] constexpr std::string_view word_for(Stage stage) {
  switch (stage) {
    case Stage::down:
      return "down";
    case Stage::starting:
      return "starting";
    case Stage::catching_up:
      return "catching_up";
    case Stage::whole:
      return "whole";
    case Stage::failed:
      return "failed";
  }
  return "";
}

}  // namespace kv
