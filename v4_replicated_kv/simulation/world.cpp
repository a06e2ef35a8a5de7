#include "v4_replicated_kv/simulation/world.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/check.hpp"

namespace kv {

namespace {

std::shared_ptr<const RingState> ring_of(const WorldRules& rules) {
  std::vector<Newcomer> newcomers;
  for (std::size_t i = 0; i < rules.nodes; ++i) {
    newcomers.push_back({.name = fmt::format("n{}", i)});
  }
  auto ring = found_ring(newcomers, {.copies = rules.quorum.n,
                                     .partitions = rules.partitions,
                                     .policy = rules.policy,
                                     .vnodes = 8});
  KV_CHECK(ring.has_value(), "a world's nodes make a ring");
  return std::make_shared<const RingState>(*std::move(ring));
}

MachineRules machine_rules_of(const WorldRules& rules, std::uint64_t hash_seed) {
  MachineRules made = rules.machine;
  made.node.replica.hash = Hasher(&xxh3, hash_seed);
  made.node.replica.state.policy = rules.policy;
  made.node.coordinator.quorum = rules.quorum;
  return made;
}

// Numbers that have nothing to do with each other, from one seed.
enum class Purpose : std::uint8_t { hash, network, machines };
std::uint64_t seed_for(std::uint64_t seed, Purpose purpose) {
  Rng chance(seed * 4 + static_cast<std::uint64_t>(purpose));
  return chance.next();
}

Network::Way way_of(const Message& message, Tick now) {
  return {
      .from = message.from, .to = message.to, .kind = message.body.index(), .now = now};
}

}  // namespace

World::World(WorldRules rules, std::uint64_t seed)
    : tamper_(rules.mistake),
      ring_(ring_of(rules)),
      rules_(machine_rules_of(rules, seed_for(seed, Purpose::hash))),
      quorum_(rules.quorum),
      network_(seed_for(seed, Purpose::network), rules.calm),
      trace_(rules.keeps_lines, rules.quorum.n),
      paused_(rules.nodes),
      kept_(rules.nodes),
      steps_max_(rules.steps_max) {
  Rng chance(seed_for(seed, Purpose::machines));
  for (const Member& member : ring_->members) {
    machines_.push_back(std::make_unique<Machine>(member.node.id, ring_, rules_, tamper_,
                                                  agenda_, chance.next()));
  }
}

KeyHash World::hash_of(const std::string& key) const {
  return hash_key(rules_.node.replica.hash, key);
}

void World::at(Tick when, std::function<void()> run) {
  agenda_.add(std::max(when, now_), Plan{std::move(run)});
}

bool World::step() {
  if (agenda_.empty() || has_stopped()) return false;
  now_ = agenda_.next();
  ++events_;
  handle(agenda_.take());
  return true;
}

void World::run_until(Tick end) {
  while (!agenda_.empty() && agenda_.next() <= end && step()) {
  }
  now_ = std::max(now_, end);
}

bool World::is_quiet() const {
  return !agenda_.any_of([](const Event& event) {
    const auto* const own = std::get_if<OwnEvent>(&event);
    if (own == nullptr) return !std::holds_alternative<Plan>(event);
    return !std::holds_alternative<Wake>(own->what) &&
           !std::holds_alternative<Chores>(own->what);
  });
}

void World::run_until_quiet(Tick end) {
  while (!is_quiet() && agenda_.next() <= end && step()) {
  }
}

void World::on_message(const std::function<void(const Message&)>& see) {
  see_message_ = see;
  for (const auto& machine : machines_) machine->on_own_message = see;
}

void World::handle(Event event) {
  std::visit([this](auto& one) { on(one); }, event);
}

// A paused process does nothing, and finds everything when it goes on.
template <class One>
bool World::waits_for(NodeId node, One& event) {
  if (!paused_[node.raw()]) return false;
  kept_[node.raw()].emplace_back(std::move(event));
  return true;
}

bool World::has_under_way(NodeId from) const {
  const auto is_from = [&](const Event& event) {
    const auto* const arrival = std::get_if<Arrival>(&event);
    return arrival != nullptr && arrival->message.from == from;
  };
  return agenda_.any_of(is_from) || std::ranges::any_of(kept_, [&](const auto& events) {
           return std::ranges::any_of(events, is_from);
         });
}

void World::on(Arrival& arrival) {
  const NodeId to = arrival.message.to;
  if (waits_for(to, arrival)) return;
  Machine& receiver = machine(to);
  if (!receiver.is_up()) {
    const auto back = arrival.is_only ? network_.bounce(way_of(arrival.message, now_))
                                      : std::optional<Tick>();
    if (back) agenda_.add(now_ + *back, Bounce{std::move(arrival.message)});
    return;
  }
  // A connection ends with the process, and what it carried. Only to ask for a sibling is
  // no harmless repetition after a restart; so all else may arrive even then.
  const bool is_mint = std::holds_alternative<Mint>(arrival.message.body);
  if (is_mint && arrival.life != receiver.life()) return;
  receiver.step(now_, std::move(arrival.message));
  carry(receiver);
}

void World::on(Bounce& bounce) {
  const NodeId from = bounce.message.from;
  if (waits_for(from, bounce)) return;
  Machine& sender = machine(from);
  if (!sender.is_up()) return;
  sender.step(now_, Undelivered{std::move(bounce.message)});
  carry(sender);
}

void World::on(Asked& asked) {
  if (waits_for(asked.node, asked)) return;
  Machine& receiver = machine(asked.node);
  if (!receiver.is_up()) return;
  tamper_.ask(asked.request, quorum_.w, hash_of(asked.request.key));
  receiver.step(now_, std::move(asked.request));
  carry(receiver);
}

void World::on(OwnEvent& event) {
  if (waits_for(event.node, event)) return;
  Machine& owner = machine(event.node);
  owner.handle(now_, std::move(event));
  carry(owner);
}

void World::on(Plan& plan) {
  plan.run();
}

// What a machine wants sent and answered. One whose disk failed ends with that.
void World::carry(Machine& machine) {
  for (Message& message : machine.sent()) {
    ++messages_;
    const Network::Copies copies = network_.send(way_of(message, now_));
    trace_.sent(now_, message,
                {.copies = copies,
                 .usual = network_.calm_weather().delay_max,
                 .finds_nobody = !is_up(message.to)});
    if (see_message_) see_message_(message);
    if (copies.count == 0) continue;
    const std::uint64_t life = this->machine(message.to).life();
    const Tick lag = tamper_.lag(message);
    for (std::size_t i = 1; i < copies.count; ++i) {
      agenda_.add(now_ + copies.after.at(i) + lag, Arrival{message, life, false});
    }
    agenda_.add(now_ + copies.after.front() + lag,
                Arrival{std::move(message), life, copies.count == 1});
  }
  machine.sent().clear();
  const std::vector<Reply> replies = std::exchange(machine.replies(), {});
  for (const Reply& reply : replies) {
    trace_.replied(now_, machine.id(), reply, machine.wall(now_));
    if (on_reply) on_reply(machine.id(), reply);
  }
  if (machine.has_failed()) {
    note(fmt::format("{} stops: its disk failed", name_of(machine.id())));
    machine.cut_power();  // what the page cache says after that is not on the disk
  }
}

bool World::ask(NodeId node, Request request, std::string_view client) {
  if (!is_up(node)) return false;
  trace_.asked(now_, client, node, request);
  agenda_.add(now_, Asked{.node = node, .request = std::move(request)});
  return true;
}

void World::start_all() {
  for (const auto& machine : machines_) start(machine->id());
}

void World::start(NodeId node) {
  const auto started = machine(node).start(now_);
  note(started
           ? fmt::format("{} starts", name_of(node))
           : fmt::format("{} cannot start: {}", name_of(node), started.error().detail));
  if (started) carry(machine(node));
}

void World::kill(NodeId node) {
  note(fmt::format("{} is killed", name_of(node)));
  paused_[node.raw()] = false;
  kept_[node.raw()].clear();
  machine(node).kill();
}

void World::cut_power(NodeId node, Unsynced unsynced) {
  note(fmt::format("{} loses power", name_of(node)));
  paused_[node.raw()] = false;
  kept_[node.raw()].clear();
  machine(node).cut_power(unsynced);
}

void World::pause(NodeId node) {
  note(fmt::format("{} is paused", name_of(node)));
  paused_[node.raw()] = true;
}

void World::suspect(NodeId node, Suspected suspected) {
  if (!is_up(node) || is_paused(node)) return;
  note(fmt::format("{} {} {}", name_of(node), suspected.is ? "suspects" : "trusts",
                   name_of(suspected.node)));
  machine(node).step(now_, suspected);
  carry(machine(node));
}

void World::resume(NodeId node) {
  if (!paused_[node.raw()]) return;
  note(fmt::format("{} goes on", name_of(node)));
  paused_[node.raw()] = false;
  for (Event& event : std::exchange(kept_[node.raw()], {})) handle(std::move(event));
}

}  // namespace kv
