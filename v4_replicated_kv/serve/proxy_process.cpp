#include "v4_replicated_kv/serve/proxy_process.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "v4_replicated_kv/api/grpc/grpc_server.hpp"
#include "v4_replicated_kv/logging/log.hpp"
#include "v4_replicated_kv/serve/adding.hpp"
#include "v4_replicated_kv/serve/cluster_search.hpp"
#include "v4_replicated_kv/serve/own_life.hpp"
#include "v4_replicated_kv/serve/peer_watch.hpp"
#include "v4_replicated_kv/serve/ports_free.hpp"
#include "v4_replicated_kv/serve/running_node.hpp"
#include "v4_replicated_kv/serve/silences.hpp"
#include "v4_replicated_kv/serve/stop_signals.hpp"
#include "v4_replicated_kv/transport/grpc/introducer.hpp"
#include "v4_replicated_kv/transport/grpc/peer_service.hpp"
#include "v4_replicated_kv/wire/greeting.hpp"

namespace kv {

namespace {

class Proxy {
 public:
  Proxy(const Settings& settings, const StopSignals& signals)
      : settings_(settings), signals_(signals), log_(settings.node.id, settings.log) {}

  Result<void> run() {
    auto done = prepare();
    if (done) done = stay();
    end();
    return done;
  }

 private:
  [[nodiscard]] Result<void> check_ports() const;
  [[nodiscard]] Result<void> prepare();
  [[nodiscard]] Result<void> stay();
  [[nodiscard]] Result<void> follow(std::shared_ptr<const FoundCluster> found);
  [[nodiscard]] Result<void> start_guest(const NodePlace& place,
                                         const ServerLoop::MakeTransport& transport);
  [[nodiscard]] ServerLoop::MakeTransport transport();
  void look_at_adding();
  void give_up_adding();
  void answer_now(Adding::Answered answered);
  void said_nothing(const std::string& address, const Error& why);
  void end();

  Settings settings_;
  const StopSignals& signals_;
  EventLog log_;
  OwnLife life_;
  NodeId self_{};
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<ClusterSearch> search_;
  Silences silences_{log_};
  std::unique_ptr<Introducer> introducer_;       // before who hears of its answers goes
  std::shared_ptr<const FoundCluster> cluster_;  // whose guest it is; null: nobody's
  PeerService nobody_dials_;                     // no server offers it
  std::unique_ptr<Adding> adding_;
  std::unique_ptr<RunningNode> node_;
  std::unique_ptr<PeerWatch> watch_;
};

// A member's numbers are below, and of so many at random no two proxies have the same.
NodeId guest_id(std::uint64_t chance) {
  return NodeId{kFirstGuest.raw() | static_cast<std::uint32_t>(chance)};
}

// Nobody dials it, so it has no port for peers.
Result<void> Proxy::check_ports() const {
  Settings own = settings_;
  own.listen.peer.reset();
  return check_ports_free(own);
}

Result<void> Proxy::prepare() {
  if (auto free = check_ports(); !free) return free;
  auto life = begin_life(settings_);
  if (!life) return std::unexpected(life.error());
  life_ = *std::move(life);
  self_ = guest_id(life_.chance);
  if (settings_.listen.grpc) {
    auto opened = GrpcServer::open({.address = address_text(*settings_.listen.grpc),
                                    .timeout = settings_.replication.timeout});
    if (!opened) return std::unexpected(opened.error());
    grpc_ = *std::move(opened);
    tell_grpc_door(*settings_.listen.grpc, *grpc_, log_);
  }
  introducer_ = std::make_unique<Introducer>(life_.secret, [](auto task) { task(); });
  const auto ask = [this](const std::string& address, const WhoAreYou& question,
                          ClusterSearch::Told told) {
    introducer_->ask(address, question, kIntroductionTime,
                     [this, address, told = std::move(told)](Result<IAm> answer) {
                       if (!answer) return said_nothing(address, answer.error());
                       told(*std::move(answer));
                     });
  };
  std::vector<std::string> seeds;
  for (const Address& seed : settings_.cluster.seeds) seeds.push_back(address_text(seed));
  const Card card{.addresses = {.name = settings_.node.id}, .boot = life_.boot};
  search_ = std::make_unique<ClusterSearch>(card, std::move(seeds), ask);
  adding_ = std::make_unique<Adding>(
      life_.chance, [this, card](const std::string& address,
                                 const RefoundQuestion& question, Adding::Told told) {
        introducer_->ask(address, {.from = card, .visits = true, .refound = question},
                         kIntroductionTime, std::move(told));
      });
  log_.info("starting",
            {{"guest", self_.raw()}, {"seeds", settings_.cluster.seeds.size()}});
  auto started = start_guest({.ring = std::make_shared<const RingState>(nobodys_ring()),
                              .self = self_,
                              .guest_name = settings_.node.id},
                             {});
  // Whose guest it will be, its clients come in where they do now.
  if (started) node_->tell_doors(settings_.listen, log_);
  return started;
}

// On a thread of gRPC. It is asked again soon. Told only as long as there is no cluster: of
// members that come and go the connections tell.
void Proxy::said_nothing(const std::string& address, const Error& why) {
  if (search_->found() == nullptr) silences_.add(address, why);
}

Result<void> Proxy::start_guest(const NodePlace& place,
                                const ServerLoop::MakeTransport& make_transport) {
  auto node = RunningNode::start(settings_, place, make_transport, grpc_.get(),
                                 [this](http::ServerToAdd what, auto done) {
                                   adding_->take(std::move(what), std::move(done));
                                 });
  if (!node) return std::unexpected(node.error());
  node_ = *std::move(node);
  node_->keep_ports(settings_.listen);
  return {};
}

// Nobody dials it, so it listens nowhere.
ServerLoop::MakeTransport Proxy::transport() {
  const PeerOptions options =
      peer_options_of(life_, cluster_->cluster, self_, cluster_->ring->policy, settings_);
  if (settings_.cluster.peer_transport == PeerPath::grpc) {
    return over_streams(options, nobody_dials_, 0);
  }
  FramesOptions frames{options};
  frames.host = "";
  return over_frames(frames);
}

Result<void> Proxy::follow(std::shared_ptr<const FoundCluster> found) {
  watch_.reset();
  give_up_adding();
  node_->make_way();
  cluster_ = std::move(found);
  log_.info("is a guest", {{"cluster", cluster_->cluster.raw()},
                           {"epoch", cluster_->ring->epoch.raw()},
                           {"nodes", cluster_->ring->members.size()}});
  auto started = start_guest({.ring = cluster_->ring,
                              .self = self_,
                              .guest_name = settings_.node.id,
                              .hash_seed = cluster_->hash_seed},
                             transport());
  if (!started) return started;
  adding_->open(true);
  watch_ = std::make_unique<PeerWatch>(node_->loop(), self_, settings_.failure,
                                       life_.boot, log_);
  return {};
}

Result<void> Proxy::stay() {
  for (int ticks = 0;; ++ticks) {
    look_at_adding();
    if (auto found = search_->found(); found != cluster_) {
      if (auto followed = follow(std::move(found)); !followed) return followed;
    }
    if (watch_ != nullptr) {
      watch_->tick();
      watch_->move_to(search_->members());
    }
    if (ticks % kTicksToLookAgain == 0) {
      search_->look(watch_ == nullptr ? std::vector<std::string>{} : watch_->missing());
    }
    if (const auto signal = signals_.wait(kProcessTick)) {
      log_.info("stopping", {{"signal", *signal}});
      return {};
    }
  }
}

void Proxy::look_at_adding() {
  auto answered = adding_->tick(search_->members());
  if (!answered) return;
  if (answered->said) search_->follow(*answered->said);
  answer_now(*std::move(answered));
}

// Before the node goes whose door the client has come through.
void Proxy::answer_now(Adding::Answered answered) {
  node_->loop().run_there([&] { answered.done(std::move(answered.answer)); });
}

void Proxy::give_up_adding() {
  adding_->open(false);
  while (auto open = adding_->give_up()) answer_now(*std::move(open));
}

void Proxy::end() {
  if (node_ != nullptr) give_up_adding();
  watch_.reset();
  introducer_.reset();
  node_.reset();
  if (grpc_ != nullptr) grpc_->stop();
  grpc_.reset();
  log_.info("stopped");
}

}  // namespace

Result<void> run_proxy(const Settings& settings) {
  const StopSignals signals;  // before the first thread
  return Proxy(settings, signals).run();
}

}  // namespace kv
