#include "v4_replicated_kv/serve/descriptor_limit.hpp"

#include <algorithm>

#include <sys/resource.h>

namespace kv {

namespace {

constexpr std::size_t kDoors = 3;
constexpr std::size_t kFilesAndPeers = 4096;

}  // namespace

std::size_t descriptors_for(std::size_t connections_max) {
  return kDoors * connections_max + kFilesAndPeers;
}

std::size_t allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  rlimit raised = limit;
  raised.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return limit.rlim_cur;
  return raised.rlim_cur;
}

}  // namespace kv
