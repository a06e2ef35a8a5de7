// Nodes that are alone, and are made one cluster, in a made-up world: messages are lost,
// doubled and late, nodes crash at any step, and clients write whenever they are let.
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
#include "tests/storage/disks.hpp"
#include "v4_replicated_kv/membership/refounding.hpp"
#include "v4_replicated_kv/simulation/agenda.hpp"

namespace kv::test {

class RefoundingWorld {
 public:
  struct Faults {
    std::uint64_t loss_percent = 0;
    std::uint64_t double_percent = 0;
    std::uint64_t late_percent = 0;  // by seconds
  };
  struct Node {
    std::string name;
    HeldCluster held;  // on its disk, as are the next two
    RefoundRecord record{};
    std::size_t keys = 0;
    std::uint64_t life = 0;  // of its process
    std::unique_ptr<Refounding> process{};
    std::optional<RefoundingEffects> writing{};  // under way to the disk
    RingPlan plan{.copies = 3, .partitions = 16, .vnodes = 8};
  };

  RefoundingWorld(std::size_t count, std::uint64_t seed, Faults faults)
      : rng_(seed), faults_(faults) {
    for (std::size_t i = 0; i < count; ++i) {
      nodes_.push_back({.name = fmt::format("n{}", i + 1), .held = alone(i)});
    }
    for (std::size_t i = 0; i < count; ++i) start(i);
  }

  // What is decided is done before anything is said.
  void start(std::size_t i) {
    Node& node = nodes_.at(i);
    ++node.life;
    if (node.record.stage == RefoundStage::decided) take_over(node);
    node.process = std::make_unique<Refounding>(
        RefoundingSetup{.name = node.name, .plan = node.plan, .chance = rng_.next()},
        node.held, node.record, now_);
    plan(Tick{0}, {.kind = Kind::wake, .node = i, .life = node.life});
  }

  // What was on its way to the disk may be there or not.
  void crash(std::size_t i) {
    Node& node = nodes_.at(i);
    if (node.process == nullptr) return;
    if (node.writing && rng_.below(2) == 0) (void)write_down(node);
    node.writing.reset();
    node.process.reset();
  }

  // One asks a member to add a node, and goes on asking.
  void add(std::size_t member, std::size_t newcomer, std::uint64_t number,
           double weight = 0) {
    const RefoundQuestion question{.verb = RefoundVerb::add,
                                   .attempt = number,
                                   .address = nodes_.at(newcomer).name,
                                   .weight = weight};
    plan(delay(), {.kind = Kind::question,
                   .node = member,
                   .from = kClient,
                   .ask = {.address = nodes_.at(member).name, .question = question}});
  }

  // A client writes under the ring that `by` has, and reaches some of its members. A majority
  // that takes it makes it an acknowledged write.
  void write(std::size_t by) {
    const HeldCluster ring = nodes_.at(by).held;
    const ClusterId cluster = ring.identity.cluster;
    std::size_t taken = 0;
    for (Node& node : nodes_) {
      const bool is_member = ring.ring->find(node.name) != nullptr;
      // The greeting of a connection says which cluster it is.
      const bool serves = node.process != nullptr && !node.process->is_away() &&
                          node.held.identity.cluster == cluster;
      if (!is_member || !serves || rng_.below(8) == 0) continue;
      ++node.keys;
      ++taken;
    }
    if (2 * taken <= ring.ring->members.size()) return;
    CHECK_MESSAGE(!left_.contains(cluster), "a ring that was given up took a key");
    used_.insert(cluster);
  }

  void run(std::uint64_t ms) {
    const Tick end = now_ + Tick{ms * 1000};
    while (!agenda_.empty() && agenda_.next() <= end) {
      now_ = agenda_.next();
      handle(agenda_.take());
    }
    now_ = end;
  }

  void stop_faults() { faults_ = {}; }
  [[nodiscard]] Node& node(std::size_t i) { return nodes_.at(i); }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] Rng& rng() { return rng_; }
  [[nodiscard]] const std::set<ClusterId>& used() const { return used_; }
  [[nodiscard]] const std::optional<RefoundAnswer>& answered() const { return answered_; }
  [[nodiscard]] std::size_t went_on() const { return left_.size(); }

  // Whether each member of each node's cluster is in it as well, and none is away.
  [[nodiscard]] bool is_settled() const {
    for (const Node& node : nodes_) {
      if (node.process == nullptr || node.process->is_away()) return false;
      for (const Node& other : nodes_) {
        const bool is_member = node.held.ring->find(other.name) != nullptr;
        const bool is_in = other.held.identity.cluster == node.held.identity.cluster;
        if (is_member != is_in) return false;
      }
    }
    return true;
  }

 private:
  static constexpr std::size_t kClient = 1000;
  enum class Kind { wake, question, answer, written };
  struct Event {
    Kind kind = Kind::wake;
    std::size_t node = 0;
    std::uint64_t life = 0;  // of who is woken, or has written
    std::size_t from = 0;
    RefoundingEffects::Ask ask{};
    IAm answer{};
  };

  HeldCluster alone(std::size_t i) {
    const std::string name = fmt::format("n{}", i + 1);
    const std::vector<Newcomer> one{{.name = name}};
    auto ring = value(found_ring(one, {.copies = 1, .partitions = 16, .vnodes = 8}));
    return {.identity = {.cluster = ClusterId{rng_.next()},
                         .self = NodeId{0},
                         .stage = JoinStage::begun,
                         .members = {{.name = name, .grpc = name}}},
            .ring = std::make_shared<const RingState>(std::move(ring))};
  }

  Tick delay() {
    if (rng_.below(100) < faults_.late_percent) return Tick{rng_.below(20'000'000)};
    return Tick{100 + rng_.below(20'000)};
  }
  void plan(Tick after, Event event) {
    agenda_.add(Tick{now_.raw() + after.raw()}, std::move(event));
  }
  void send(const Event& event) {
    if (rng_.below(100) >= faults_.loss_percent) plan(delay(), event);
    if (rng_.below(100) < faults_.double_percent) plan(delay(), event);
  }

  void handle(Event event) {
    if (event.node == kClient) {
      if (event.answer.refound) answered_ = event.answer.refound;
      return;
    }
    Node& node = nodes_.at(event.node);
    if (node.process == nullptr) return;
    const bool is_own = event.kind == Kind::wake || event.kind == Kind::written;
    if (is_own && event.life != node.life) return;
    RefoundingEffects out;
    switch (event.kind) {
      case Kind::wake:
        node.process->observe(node.keys > 0 ? "it holds keys" : "",
                              node.held.identity.members);
        node.process->time(now_, out);
        plan(Tick{20'000}, {.kind = Kind::wake, .node = event.node, .life = node.life});
        break;
      case Kind::question: {
        IAm answer{.from = {.addresses = {.name = node.name, .grpc = node.name}},
                   .cluster = node.process->cluster(),
                   .plan = node.plan};
        answer.refound = node.process->asked(event.ask.question, now_, out);
        send({.kind = Kind::answer,
              .node = event.from,
              .ask = event.ask,
              .answer = std::move(answer)});
        break;
      }
      case Kind::answer:
        node.process->told(event.ask, event.answer, out);
        break;
      case Kind::written:
        written(node, out);
        break;
    }
    carry_out(event.node, std::move(out));
  }

  void carry_out(std::size_t i, RefoundingEffects out) {
    Node& node = nodes_.at(i);
    for (const RefoundingEffects::Ask& ask : out.ask) {
      for (std::size_t j = 0; j < nodes_.size(); ++j) {
        if (nodes_[j].name == ask.address) {
          send({.kind = Kind::question, .node = j, .from = i, .ask = ask});
        }
      }
    }
    if (!out.prepare && !out.decide && !out.go_back) return;
    REQUIRE_FALSE(node.writing);
    node.writing = std::move(out);
    plan(Tick{rng_.below(30'000)}, {.kind = Kind::written, .node = i, .life = node.life});
  }

  Result<void> write_down(Node& node) {
    const RefoundingEffects& what = *node.writing;
    if (what.prepare) {
      if (node.keys > 0) return fail(Errc::conflict, "it holds keys");
      node.record = *what.prepare;
    }
    if (what.decide) node.record = *what.decide;
    if (what.go_back) node.record = *what.go_back;
    return {};
  }

  void written(Node& node, RefoundingEffects& out) {
    const Result<void> done = write_down(node);
    const RefoundingEffects what = *std::exchange(node.writing, std::nullopt);
    if (what.prepare) node.process->prepared(done, now_, out);
    if (what.go_back) node.process->went_back();
    if (!what.decide) return;
    node.process->decided();
    take_over(node);
    node.process->went_on(node.held);
  }

  void take_over(Node& node) {
    const ClusterId before = node.held.identity.cluster;
    CHECK_MESSAGE(!used_.contains(before), "keys were given up with their ring");
    CHECK(node.keys == 0);
    left_.insert(before);
    const Refoundation& plan = *node.record.plan;
    REQUIRE(plan.ring.find(node.name) != nullptr);
    node.held = {.identity = {.cluster = plan.cluster,
                              .hash_seed = plan.hash_seed,
                              .self = plan.ring.find(node.name)->node.id,
                              .stage = JoinStage::begun,
                              .members = plan.members},
                 .ring = std::make_shared<const RingState>(plan.ring)};
    node.record = {.disk = node.record.disk};
  }

  Rng rng_;
  Faults faults_;
  Tick now_{1};
  Agenda<Event> agenda_;
  std::vector<Node> nodes_;
  std::set<ClusterId> used_;               // a write was acknowledged in it
  std::set<ClusterId> left_;               // somebody went from it to another
  std::optional<RefoundAnswer> answered_;  // to a client, last
};

}  // namespace kv::test
