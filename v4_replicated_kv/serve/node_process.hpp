// One node's process, in two files: how it starts and ends, and how it becomes one of another
// cluster meanwhile.
//
// Idea      the node itself is replaced within the process; gRPC, and who asks and answers
//           there, go on.
// Threads   the process's first. What others call is Acquaintance's and Refounder's.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/api/grpc/grpc_server.hpp"
#include "v4_replicated_kv/configuration/settings.hpp"
#include "v4_replicated_kv/logging/log.hpp"
#include "v4_replicated_kv/serve/acquaintance.hpp"
#include "v4_replicated_kv/serve/own_life.hpp"
#include "v4_replicated_kv/serve/peer_watch.hpp"
#include "v4_replicated_kv/serve/refounder.hpp"
#include "v4_replicated_kv/serve/running_node.hpp"
#include "v4_replicated_kv/serve/silences.hpp"
#include "v4_replicated_kv/serve/stop_signals.hpp"
#include "v4_replicated_kv/serve/store_watch.hpp"
#include "v4_replicated_kv/transport/grpc/introducer.hpp"
#include "v4_replicated_kv/transport/grpc/peer_service.hpp"

namespace kv {

class NodeProcess {
 public:
  NodeProcess(const Settings& settings, const StopSignals& signals)
      : settings_(settings), signals_(signals), log_(settings.node.id, settings.log) {}

  Result<void> run();

 private:
  [[nodiscard]] Result<void> look_at_held(const HeldCluster& held) const;
  // False where it was told to stop before.
  Result<bool> form();
  [[nodiscard]] Result<std::optional<HeldCluster>> read_disk(Disk* disk);
  [[nodiscard]] Acquaintance::Ask asking();
  void open_desk();
  [[nodiscard]] Result<void> meet_refounders();
  [[nodiscard]] Result<void> open_grpc();
  [[nodiscard]] Result<void> start_node();
  [[nodiscard]] Result<void> serve_nobody(const std::string& waits_for);
  void tell_doors();
  [[nodiscard]] Result<ServerLoop::MakeTransport> transport();
  [[nodiscard]] Result<void> stay();
  void look_at_peers(int ticks);
  void look_at_store(int ticks);
  [[nodiscard]] Result<void> check_alone();
  [[nodiscard]] Result<void> refound();
  [[nodiscard]] Result<void> prepare(const RefoundRecord& record);
  [[nodiscard]] Result<void> decide(const RefoundRecord& record);
  [[nodiscard]] Result<void> go_back(const RefoundRecord& record);
  [[nodiscard]] Result<void> stand_by();
  void leave();
  Result<void> end();

  Settings settings_;
  const StopSignals& signals_;
  EventLog log_;
  Silences silences_{log_};
  std::atomic<bool> is_forming_ = false;  // read by who hears of answers
  OwnLife life_;
  PeerService peers_;
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<Acquaintance> acquaintance_;
  RefoundRecord record_;  // as the disk has it
  bool has_told_doors_ = false;
  bool is_founding_ = false;  // its first node; a next one may have something to lose
  std::string unfit_;         // why it cannot be in another cluster; empty: it can
  std::unique_ptr<Refounder> refounder_;    // once it is in a cluster
  std::unique_ptr<Introducer> introducer_;  // before who hears of its answers goes
  std::unique_ptr<RunningNode> node_;
  std::unique_ptr<PeerWatch> watch_;
  StoreWatch store_watch_;
};

}  // namespace kv
