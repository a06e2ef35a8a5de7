// Nodes that form a cluster in a made-up world: messages are lost, doubled and late, nodes
// crash at any step, and disks are lost if that is asked for.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "common/base/rng.hpp"
#include "v4_replicated_kv/membership/formation.hpp"
#include "v4_replicated_kv/simulation/agenda.hpp"

namespace kv::test {

struct FormationFaults {
  std::uint64_t loss_percent = 0;
  std::uint64_t double_percent = 0;
  std::uint64_t late_percent = 0;  // by seconds
  bool lose_disks = false;
};

class FormationWorld {
 public:
  FormationWorld(std::size_t count, std::uint64_t seed, FormationFaults faults = {})
      : rng_(seed), faults_(faults) {
    for (std::size_t i = 0; i < count; ++i) {
      nodes_.push_back({.name = fmt::format("n{}", i + 1)});
      // Its own address may be among the seeds, as in a list that all nodes share.
      const bool knows_itself = rng_.below(2) == 0;
      for (std::size_t j = 0; j < count; ++j) {
        if (j != i || knows_itself) nodes_[i].seeds.push_back(j);
      }
      std::ranges::rotate(
          nodes_[i].seeds,
          nodes_[i].seeds.begin() +
              static_cast<std::ptrdiff_t>(rng_.below(nodes_[i].seeds.size() + 1)));
    }
  }

  struct Disk {
    std::optional<HeldCluster> held{};  // joined or begun
    int life = 0;
  };
  struct Node {
    std::string name;
    std::vector<std::size_t> seeds{};
    Disk disk{};
    std::unique_ptr<Formation> process{};  // null while it is down
    std::uint64_t boot = 0;
    std::optional<Joining> writing{};  // under way to the disk
    bool writing_begun = false;
    bool joined_whole = false;
    RingPlan plan{.copies = 3, .partitions = 16, .vnodes = 8};
  };

  void start(std::size_t i) {
    Node& node = nodes_.at(i);
    node.boot = 1 + rng_.below(std::uint64_t{1} << 60);
    FormationSetup setup{
        .self = {.addresses = {.name = node.name, .grpc = node.name}, .boot = node.boot},
        .plan = node.plan,
        .chance = rng_.next()};
    for (const std::size_t seed : node.seeds) setup.seeds.push_back(nodes_[seed].name);
    node.process = std::make_unique<Formation>(setup, node.disk.held, now_);
    agenda_.add(now_, {.kind = Kind::wake, .to = i, .boot = node.boot});
  }

  // What was on its way to the disk may be there or not; nothing else is left.
  void crash(std::size_t i, bool loses_disk = false) {
    Node& node = nodes_.at(i);
    if (node.process == nullptr) return;
    if (rng_.below(2) == 0) write_down(node);
    node.writing.reset();
    node.writing_begun = false;
    node.process.reset();
    if (loses_disk) node.disk = {.life = node.disk.life + 1};
    check_one_cluster();
  }

  // Whoever is up and has begun acknowledges a write, if there are two.
  void write() {
    Write write;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const Node& node = nodes_[i];
      if (node.process == nullptr || !node.process->has_begun()) continue;
      write.disks.emplace_back(i, node.disk.life);
      write.cluster = cluster_of(node);
    }
    if (write.disks.size() >= 2) writes_.push_back(std::move(write));
  }

  void run_until(Tick end) {
    while (!agenda_.empty() && agenda_.next() <= end) {
      now_ = agenda_.next();
      handle(agenda_.take());
    }
    now_ = end;
  }
  void run(std::uint64_t ms) { run_until(now_ + Tick{ms * 1000}); }

  void stop_faults() { faults_ = {}; }

  [[nodiscard]] std::vector<Node>& nodes() { return nodes_; }
  [[nodiscard]] Formation& process(std::size_t i) { return *nodes_.at(i).process; }
  [[nodiscard]] static ClusterId cluster_of(const Node& node) {
    return node.disk.held->identity.cluster;
  }
  [[nodiscard]] bool all_begun() const {
    return std::ranges::all_of(nodes_, [](const Node& node) {
      return node.process != nullptr && node.process->has_begun();
    });
  }
  // Ever on any disk.
  [[nodiscard]] const std::set<ClusterId>& clusters() const { return clusters_; }
  [[nodiscard]] std::size_t losers() const { return losers_; }

 private:
  struct Write {
    ClusterId cluster{};
    std::vector<std::pair<std::size_t, int>> disks{};  // with their lives
  };
  enum class Kind { wake, question, answer, disk };
  struct Event {
    Kind kind;
    std::size_t to = 0;
    std::uint64_t boot = 0;  // of wake and disk: of this process only
    std::size_t from = 0;
    std::size_t seed = 0;  // of a question: its place among the asker's seeds
    std::optional<WhoAreYou> question{};
    std::optional<IAm> answer{};
  };

  void handle(Event event) {
    Node& node = nodes_.at(event.to);
    if (node.process == nullptr) return;
    FormationEffects effects;
    switch (event.kind) {
      case Kind::wake:
        if (event.boot != node.boot) return;
        node.process->time(now_, effects);
        break;
      case Kind::question:
        if (auto answer = node.process->asked(*event.question, now_, effects)) {
          send({.kind = Kind::answer,
                .to = event.from,
                .seed = event.seed,
                .answer = std::move(answer)});
        }
        break;
      case Kind::answer:
        node.process->told(event.seed, *std::move(event.answer), now_, effects);
        break;
      case Kind::disk:
        if (event.boot != node.boot) return;
        disk_done(node);
        break;
    }
    act(event.to, std::move(effects));
  }

  void act(std::size_t i, FormationEffects effects) {
    Node& node = nodes_.at(i);
    for (auto& [seed, question] : effects.ask) {
      send({.kind = Kind::question,
            .to = node.seeds.at(seed),
            .from = i,
            .seed = seed,
            .question = question});
    }
    if (effects.join || effects.begin) {
      node.writing = std::move(effects.join);
      node.writing_begun = effects.begin;
      const Tick done = now_ + Tick{1 + rng_.below(50'000)};
      agenda_.add(done, {.kind = Kind::disk, .to = i, .boot = node.boot});
    }
    const auto wake = node.process->wake();
    // Several may wait; who wakes too early asks nobody.
    if (wake) {
      agenda_.add(std::max(*wake, now_ + Tick{1}),
                  {.kind = Kind::wake, .to = i, .boot = node.boot});
    }
  }

  void send(Event event) {
    const auto happens = [&](std::uint64_t percent) { return rng_.below(100) < percent; };
    if (happens(faults_.loss_percent)) return;
    const auto arrival = [&] {
      const bool is_late = happens(faults_.late_percent);
      return now_ + Tick{500 + rng_.below(is_late ? 5'000'000 : 20'000)};
    };
    if (happens(faults_.double_percent)) agenda_.add(arrival(), event);
    const Tick at = arrival();
    agenda_.add(at, std::move(event));
  }

  void write_down(Node& node) {
    if (node.writing) {
      const ClusterId cluster = node.writing->identity.cluster;
      if (node.writing->is_whole) CHECK_FALSE(has_forgotten(node, cluster));
      if (!node.writing->is_whole) ++losers_;
      Identity identity = node.writing->identity;
      identity.stage = JoinStage::joined;
      node.disk.held =
          HeldCluster{identity, std::make_shared<const RingState>(node.writing->ring)};
      node.joined_whole = node.writing->is_whole;
      clusters_.insert(cluster);
      check_one_cluster();
    }
    if (node.writing_begun) node.disk.held->identity.stage = JoinStage::begun;
  }

  // Whether it acknowledged something with a disk that it lost, and another disk still has it.
  [[nodiscard]] bool has_forgotten(const Node& node, ClusterId cluster) const {
    return std::ranges::any_of(writes_, [&](const Write& write) {
      bool was_here = false;
      bool is_elsewhere = false;
      for (const auto& [i, life] : write.disks) {
        if (&nodes_[i] == &node) {
          was_here = true;
        } else {
          is_elsewhere = is_elsewhere || nodes_[i].disk.life == life;
        }
      }
      return write.cluster == cluster && was_here && is_elsewhere;
    });
  }

  void disk_done(Node& node) {
    const bool joins = node.writing.has_value();
    write_down(node);
    node.writing.reset();
    node.writing_begun = false;
    joins ? node.process->joined(now_) : node.process->begun();
  }

  void check_one_cluster() {
    std::set<ClusterId> held;
    for (const Node& node : nodes_) {
      if (node.disk.held) held.insert(cluster_of(node));
    }
    CHECK(held.size() <= 1);
  }

  Rng rng_;
  FormationFaults faults_;
  std::vector<Node> nodes_;
  Agenda<Event> agenda_;
  Tick now_{};
  std::set<ClusterId> clusters_;
  std::vector<Write> writes_;
  std::size_t losers_ = 0;
};

}  // namespace kv::test
