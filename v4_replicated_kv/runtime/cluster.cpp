#include "v4_replicated_kv/runtime/cluster.hpp"

#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "common/base/check.hpp"
#include "common/base/text.hpp"
#include "v4_replicated_kv/runtime/clocks.hpp"
#include "v4_replicated_kv/runtime/cluster_core.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"
#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv {

namespace {

Result<void> check(const ClusterOptions& options) {
  const auto refuse = [](std::string what) {
    return fail(Errc::bad_usage, std::move(what));
  };
  const Quorum& quorum = options.quorum;
  if (quorum.r < 1 || quorum.r > quorum.n || quorum.w < 1 || quorum.w > quorum.n) {
    return refuse(
        fmt::format("R {} and W {}: both are 1 to N, {}", quorum.r, quorum.w, quorum.n));
  }
  if (auto bytes = check_segment_bytes(options.segment_bytes); !bytes) {
    return std::unexpected(bytes.error());
  }
  if (options.timeout.count() < 1 || options.again_every.count() < 1) {
    return refuse("timeout and again_every: take at least 1 ms");
  }
  for (const Newcomer& node : options.nodes) {
    if (is_file_name(node.name)) continue;
    return refuse(fmt::format("{} cannot name a node: its directory is called so",
                              printable(node.name)));
  }
  return {};
}

void copy_answer(Reply& reply, Answer& answer) {
  answer.outcome = reply.outcome;
  answer.trouble = reply.trouble;
  answer.detail = std::move(reply.detail);
  answer.answers = reply.answers;
  answer.needed = reply.needed;
  answer.context = std::move(reply.context);
}

Request write_of(Verb verb, std::string_view key, const PutOptions& how) {
  Request request{.verb = verb,
                  .key = std::string(key),
                  .consistency = how.consistency,
                  .id = how.id,
                  .context = how.context};
  if (how.ttl) {
    const auto ms = std::max<std::int64_t>(how.ttl->count(), 1);
    request.ttl_ms = static_cast<std::uint64_t>(ms);
  }
  return request;
}

WriteAnswer answer_of(Reply reply) {
  WriteAnswer answer;
  copy_answer(reply, answer);
  answer.version = reply.written;
  return answer;
}

}  // namespace

Cluster::Cluster(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Cluster::~Cluster() = default;

Result<std::unique_ptr<Cluster>> Cluster::open(const std::string& directory,
                                               ClusterOptions options) {
  constexpr ::mode_t kOwnerOnly = 0700;
  if (::mkdir(directory.c_str(), kOwnerOnly) != 0 && errno != EEXIST) {
    return fail(Errc::io, fmt::format("{}: the directory cannot be made", directory));
  }
  return open(
      [directory](const std::string& node) {
        return open_posix_disk(directory + "/" + node);
      },
      std::move(options));
}

Result<std::unique_ptr<Cluster>> Cluster::open_in_memory(ClusterOptions options) {
  return open(OpenDisk{}, std::move(options));
}

Result<std::unique_ptr<Cluster>> Cluster::open(OpenDisk open_disk,
                                               ClusterOptions options) {
  if (auto checked = check(options); !checked) return std::unexpected(checked.error());
  auto ring = found_ring(options.nodes, {.copies = options.quorum.n,
                                         .partitions = options.partitions,
                                         .policy = options.policy});
  if (!ring) return fail(Errc::bad_usage, ring.error().detail);
  std::uint64_t seed = options.seed;
  if (seed == 0 && ::getrandom(&seed, sizeof seed, 0) != sizeof seed) {
    return fail(Errc::io, "the operating system gives no random numbers");
  }
  auto core = std::make_unique<Core>(std::move(options), *std::move(ring),
                                     std::move(open_disk), seed);
  if (auto opened = core->open(); !opened) return std::unexpected(opened.error());
  return std::unique_ptr<Cluster>(new Cluster(std::move(core)));
}

WriteAnswer Cluster::put(std::string_view key, std::string_view value,
                         const PutOptions& how) {
  Request request = write_of(Verb::put, key, how);
  request.value = value;
  return answer_of(core_->ask(std::move(request), how.via, how.timeout));
}

WriteAnswer Cluster::erase(std::string_view key, const PutOptions& how) {
  return answer_of(core_->ask(write_of(Verb::erase, key, how), how.via, how.timeout));
}

ReadAnswer Cluster::get(std::string_view key, const GetOptions& how) {
  Reply reply = core_->ask(
      {.verb = Verb::get, .key = std::string(key), .consistency = how.consistency},
      how.via, how.timeout);
  ReadAnswer answer;
  copy_answer(reply, answer);
  for (const Version* const version : visible(reply.state, wall_time())) {
    answer.values.push_back(version->value);
  }
  return answer;
}

std::vector<std::string> Cluster::owners(std::string_view key) const {
  return core_->owners(key);
}

std::vector<NodeStats> Cluster::stats() {
  return core_->stats();
}

Result<void> Cluster::kill(std::string_view node) {
  const auto place = core_->place_of(node);
  if (!place) return std::unexpected(place.error());
  core_->kill(*place);
  return {};
}

Result<void> Cluster::stop(std::string_view node) {
  const auto place = core_->place_of(node);
  if (!place) return std::unexpected(place.error());
  core_->stop(*place);
  return {};
}

Result<void> Cluster::start(std::string_view node) {
  const auto place = core_->place_of(node);
  if (!place) return std::unexpected(place.error());
  return core_->start(*place);
}

Result<void> Cluster::pause(std::string_view node) {
  const auto place = core_->place_of(node);
  if (!place) return std::unexpected(place.error());
  core_->pause(*place, true);
  return {};
}

Result<void> Cluster::resume(std::string_view node) {
  const auto place = core_->place_of(node);
  if (!place) return std::unexpected(place.error());
  core_->pause(*place, false);
  return {};
}

Result<void> Cluster::slow_down(std::string_view node, std::chrono::milliseconds by) {
  const auto place = core_->place_of(node);
  if (!place) return std::unexpected(place.error());
  core_->cables().slow_down(*place, by);
  return {};
}

Result<void> Cluster::cut(std::string_view one, std::string_view other) {
  const auto place = core_->place_of(one);
  const auto its = core_->place_of(other);
  if (!place) return std::unexpected(place.error());
  if (!its) return std::unexpected(its.error());
  core_->cables().cut(*place, *its, true);
  return {};
}

Result<void> Cluster::mend(std::string_view one, std::string_view other) {
  const auto place = core_->place_of(one);
  const auto its = core_->place_of(other);
  if (!place) return std::unexpected(place.error());
  if (!its) return std::unexpected(its.error());
  core_->cables().cut(*place, *its, false);
  return {};
}

bool Cluster::wait_for(std::string_view node, Stage stage,
                       std::chrono::milliseconds timeout) {
  const auto place = core_->place_of(node);
  return place && core_->wait_for(*place, stage, timeout);
}

}  // namespace kv
