#include "v4_replicated_kv/serve/server_process.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/serve/disk_fit.hpp"
#include "v4_replicated_kv/serve/node_disk.hpp"
#include "v4_replicated_kv/serve/node_process.hpp"
#include "v4_replicated_kv/serve/number_of.hpp"
#include "v4_replicated_kv/serve/ports_free.hpp"
#include "v4_replicated_kv/serve/start_notes.hpp"
#include "v4_replicated_kv/wire/greeting.hpp"

namespace kv {

namespace {

// So long its health says why a node failed, before it is gone.
constexpr std::chrono::milliseconds kFailedFor{2000};

}  // namespace

Result<void> NodeProcess::run() {
  log_.info("starting", {{"data_dir", settings_.storage.engine == StorageEngine::memory
                                          ? "none: in memory"
                                          : data_dir_of(settings_)}});
  tell_of_descriptors(settings_.limits, log_);
  auto formed = form();
  if (!formed) return std::unexpected(formed.error());
  if (!*formed) return end();
  is_founding_ = acquaintance_->is_founding();
  tell_of_seeds(settings_, *acquaintance_->held().ring, log_);
  tell_of_copies(settings_.cluster, *acquaintance_->held().ring, log_);
  if (auto met = meet_refounders(); !met) return met;
  auto started = refounder_->is_away() ? stand_by() : start_node();
  if (!started) return started;
  auto stayed = stay();
  if (auto ended = end(); !ended) return ended;
  return stayed;
}

Result<void> NodeProcess::open_grpc() {
  if (!settings_.listen.grpc) return {};
  const LimitSettings& limits = settings_.limits;
  auto opened = GrpcServer::open({.address = address_text(*settings_.listen.grpc),
                                  .limits = {.key_bytes_max = limits.key_bytes_max,
                                             .value_bytes_max = limits.value_bytes_max},
                                  .timeout = settings_.replication.timeout,
                                  .calls_max = limits.inflight_max},
                                 {&peers_});
  if (!opened) return std::unexpected(opened.error());
  grpc_ = *std::move(opened);
  tell_grpc_door(*settings_.listen.grpc, *grpc_, log_);
  return {};
}

Result<void> NodeProcess::look_at_held(const HeldCluster& held) const {
  if (auto fit = check_fits(settings_, held); !fit) return fit;
  for (const ValueInForce& one : others_in_force(settings_, held)) {
    log_.warn(
        "the cluster was founded with another value than the default",
        {{"key", one.key}, {"default", one.by_default}, {"in_force", one.in_force}});
  }
  return {};
}

Result<bool> NodeProcess::form() {
  if (auto fit = check_keeps_nothing(settings_); !fit) {
    return std::unexpected(fit.error());
  }
  auto disk = open_disk(settings_);
  if (!disk) return std::unexpected(disk.error());
  auto held = read_disk(disk->get());
  if (!held) return std::unexpected(held.error());
  if (*held) {
    if (auto fit = look_at_held(**held); !fit) return std::unexpected(fit.error());
  }
  if (auto free = check_ports_free(settings_); !free) {
    return std::unexpected(free.error());
  }
  auto life = begin_life(settings_);
  if (!life) return std::unexpected(life.error());
  life_ = *std::move(life);
  if (auto opened = open_grpc(); !opened) return std::unexpected(opened.error());
  const auto own = own_addresses(settings_, grpc_ == nullptr ? 0 : grpc_->port());
  introducer_ = std::make_unique<Introducer>(life_.secret, [](auto task) { task(); });
  acquaintance_ = std::make_unique<Acquaintance>(
      setup_of(settings_, own, life_.boot, life_.chance), *std::move(held),
      *std::move(disk), asking(), log_, sure_after(settings_.failure));
  open_desk();
  is_forming_ = true;
  auto formed = acquaintance_->form(
      signals_, [this](const std::string& what) { return serve_nobody(what); });
  is_forming_ = false;
  return formed;
}

Acquaintance::Ask NodeProcess::asking() {
  return [this](const std::string& address, const WhoAreYou& question,
                Acquaintance::Told told) {
    introducer_->ask(address, question, kIntroductionTime,
                     [this, address, told = std::move(told)](Result<IAm> answer) {
                       // Silence is an answer as well: it is asked again.
                       if (answer) return told(*std::move(answer));
                       const bool is_refused = answer.error().code == Errc::conflict;
                       if (is_forming_ || is_refused)
                         silences_.add(address, answer.error());
                     });
  };
}

void NodeProcess::open_desk() {
  peers_.desk().open(life_.secret, [this](const WhoAreYou& question, auto give) {
    auto answer = acquaintance_->asked(question);
    if (answer && question.refound && refounder_ != nullptr) {
      answer->refound = refounder_->asked(*question.refound);
    }
    give(std::move(answer));
  });
}

// Beside gRPC, unless it has an address of its own. A member that is alone has one as well:
// for guests.
Result<ServerLoop::MakeTransport> NodeProcess::transport() {
  const HeldCluster& held = acquaintance_->held();
  if (!settings_.listen.peer && !settings_.listen.grpc) {
    const bool is_alone = held.ring->members.size() == 1;
    if (is_alone) return ServerLoop::MakeTransport{};
    return fail(Errc::bad_usage,
                "listen.peer: other nodes need an address, here or in listen.grpc");
  }
  const PeerOptions options = peer_options_of(
      life_, held.identity.cluster, held.identity.self, held.ring->policy, settings_);
  if (settings_.cluster.peer_transport == PeerPath::grpc) {
    return over_streams(options, peers_, grpc_->port());
  }
  Address at = settings_.listen.peer.value_or(Address{});
  if (!settings_.listen.peer) at.host = settings_.listen.grpc->host;
  const auto host = number_of(at);
  if (!host) return std::unexpected(host.error());
  FramesOptions frames{options};
  frames.host = *host;
  frames.port = at.port;
  return over_frames(frames);
}

// In the node's place: its doors are open, and whoever comes is told that it is not ready, and
// why. So who asks whether the process lives has an answer, however long it waits.
Result<void> NodeProcess::serve_nobody(const std::string& waits_for) {
  if (node_ == nullptr) {
    const auto nowhere = std::make_shared<const RingState>(nobodys_ring());
    auto node = RunningNode::start(
        settings_,
        {.ring = nowhere, .self = kFirstGuest, .guest_name = settings_.node.id}, {},
        grpc_.get());
    if (!node) return std::unexpected(node.error());
    node_ = *std::move(node);
    node_->keep_ports(settings_.listen);
    tell_doors();
  }
  node_->loop().run_there([&] { node_->loop().set_waits_for(waits_for); });
  return {};
}

// Once: whoever comes after has them as well.
void NodeProcess::tell_doors() {
  if (!std::exchange(has_told_doors_, true)) node_->tell_doors(settings_.listen, log_);
}

Result<void> NodeProcess::start_node() {
  const auto make_transport = transport();
  if (!make_transport) return std::unexpected(make_transport.error());
  const HeldCluster& held = acquaintance_->held();
  auto node = RunningNode::start(settings_,
                                 {.ring = held.ring,
                                  .self = held.identity.self,
                                  .hash_seed = held.identity.hash_seed,
                                  .is_founding = is_founding_},
                                 *make_transport, grpc_.get(), {}, std::move(node_));
  if (!node) return std::unexpected(node.error());
  node_ = *std::move(node);
  is_founding_ = false;
  tell_doors();
  MemberAddresses own = own_addresses(settings_, grpc_ == nullptr ? 0 : grpc_->port());
  if (node_->http_port() != 0 && settings_.listen.http) {
    own.http =
        address_text({.host = settings_.listen.http->host, .port = node_->http_port()});
  }
  if (node_->loop().transport() != nullptr) {
    const Address& at =
        settings_.listen.peer ? *settings_.listen.peer : *settings_.listen.grpc;
    own.peer = address_text({.host = at.host, .port = node_->loop().transport()->port()});
    log_.info("listening", {{"door", "peer"}, {"address", own.peer}});
  }
  acquaintance_->set_own(own);
  node_->keep_ports(settings_.listen);
  watch_ = std::make_unique<PeerWatch>(
      node_->loop(), held.identity.self, settings_.failure, life_.boot, log_,
      [known = acquaintance_.get()](auto lives) { known->set_alive(std::move(lives)); });
  watch_->move_to(acquaintance_->members());
  return {};
}

// Tells of each stage that the node gets to. Until a signal comes, or its disk fails it.
Result<void> NodeProcess::stay() {
  Stage stage = Stage::down;
  for (int ticks = 0;; ++ticks) {
    const Stage now = node_->loop().stage();
    if (now != stage && !refounder_->is_away()) {
      stage = now;
      log_.info("stage", {{"stage", word_for(stage)}});
    }
    if (const auto signal = signals_.wait(kProcessTick)) {
      log_.info("stopping", {{"signal", *signal}});
      return {};
    }
    if (auto done = refound(); !done) return done;
    if (refounder_->is_away()) continue;
    look_at_peers(ticks);
    look_at_store(ticks);
    if (auto alone = check_alone(); !alone) return alone;
    if (stage != Stage::failed) continue;
    std::string why;
    node_->loop().run_there([&] { why = node_->loop().stats().failure; });
    log_.error(
        "the disk failed, and this node takes part in nothing any more; start it "
        "again once the cause is gone",
        {{"failure", why}});
    (void)signals_.wait(kFailedFor);
    return fail(Errc::stopped, why);
  }
}

// The others count one process as this node, and it is not this one.
Result<void> NodeProcess::check_alone() {
  const auto other = acquaintance_->other_self();
  if (!other) return {};
  Error why{
      Errc::conflict,
      fmt::format("another process is {} too, at {}, and came first; this one ends. "
                  "If {} is a copy, delete it; a new node has a name of its own and "
                  "an empty directory",
                  settings_.node.id, printable(*other), data_dir_of(settings_))};
  log_.error("another process is this node too", {{"at", printable(*other)}});
  return std::unexpected(std::move(why));
}

void NodeProcess::look_at_peers(int ticks) {
  watch_->tick();
  watch_->move_to(acquaintance_->members());
  if (ticks % kTicksToLookAgain != 0) return;
  for (const std::string& name : watch_->missing()) acquaintance_->look_for(name);
}

Result<void> NodeProcess::end() {
  watch_.reset();
  peers_.desk().close();
  introducer_.reset();
  node_.reset();
  if (grpc_ != nullptr) grpc_->stop();
  grpc_.reset();
  log_.info("stopped");
  return {};
}

Result<void> serve(const Settings& settings) {
  const StopSignals signals;  // before the first thread
  return NodeProcess(settings, signals).run();
}

}  // namespace kv
