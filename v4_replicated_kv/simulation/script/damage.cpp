#include "v4_replicated_kv/simulation/script/damage.hpp"

#include "v4_replicated_kv/storage/segment.hpp"

namespace kv {

namespace {

constexpr std::uint32_t kSegmentsMax = 64;

// Asks `where` in each segment's bytes, the newest first, until it knows.
template <class Where>
std::optional<DiskPlace> find_in_log(const SimulatedPlatter& disk, Where where) {
  for (std::uint32_t id = kSegmentsMax; id > 0; --id) {
    std::string name = segment_name(SegmentId{id});
    const auto content = disk.content(name);
    if (!content) continue;
    const std::size_t at = where(*content);
    if (at != std::string::npos) return DiskPlace{.file = std::move(name), .offset = at};
  }
  return std::nullopt;
}

}  // namespace

std::optional<DiskPlace> end_of_log(const SimulatedPlatter& disk) {
  return find_in_log(disk, [](const std::string& content) -> std::size_t {
    const std::size_t last = content.find_last_not_of('\0');
    return last < kSegmentHeaderBytes ? std::string::npos : last;
  });
}

std::optional<DiskPlace> newest_of(const SimulatedPlatter& disk, std::string_view bytes) {
  return find_in_log(
      disk, [bytes](const std::string& content) { return content.rfind(bytes); });
}

}  // namespace kv
