#include "v4_replicated_kv/node/rejoin.hpp"

#include <algorithm>

namespace kv {

namespace {

// How many partitions are copied at a time.
constexpr std::size_t kAtOnce = 4;

}  // namespace

void Rejoin::begin(bool is_damaged, Effects& out) {
  phase_ = Phase::asking;
  is_damaged_ = is_damaged;
  replica_.count_nothing();
  if (heard_enough()) return start_copying(out);
  again(out);
}

std::vector<PartitionId> Rejoin::own_partitions() const {
  std::vector<PartitionId> own;
  for (std::uint32_t id = 0; id < ring_->table.partitions(); ++id) {
    const auto owners = ring_->table.owners(PartitionId{id});
    if (std::ranges::find(owners, self_) != owners.end()) own.emplace_back(id);
  }
  return own;
}

// Of each partition, enough others that one of them took part in each write that this node
// acknowledged; where that would be none, one.
bool Rejoin::heard_enough() const {
  const std::size_t others = quorum_.n - 1;
  const std::size_t needed =
      std::min(others, std::max<std::size_t>(1, quorum_.n - quorum_.w));
  return std::ranges::all_of(own_partitions(), [&](PartitionId partition) {
    const auto owners = ring_->table.owners(partition);
    const auto answered = std::ranges::count_if(
        owners, [&](NodeId owner) { return owner != self_ && heard_.contains(owner); });
    return static_cast<std::size_t>(answered) >= needed;
  });
}

void Rejoin::heard(NodeId peer, bool went_back, Effects& out) {
  if (phase_ != Phase::asking) return;
  heard_.insert(peer);
  is_damaged_ = is_damaged_ || went_back;
  if (heard_enough()) start_copying(out);
}

void Rejoin::start_copying(Effects& out) {
  phase_ = Phase::copying;
  to_copy_ = own_partitions();
  if (is_damaged_) return start_next_partitions(out);
  for (const PartitionId partition : to_copy_) replica_.count(partition);
  phase_ = Phase::done;
}

void Rejoin::start_next_partitions(Effects& out) {
  while (copying_.size() < kAtOnce && !to_copy_.empty()) {
    const PartitionId partition = to_copy_.back();
    to_copy_.pop_back();
    Copying& copying = copying_[partition];
    for (const NodeId owner : ring_->table.owners(partition)) {
      if (owner == self_) continue;
      pull(partition, owner, copying.sources[owner], out);
    }
  }
  if (copying_.empty()) phase_ = Phase::done;
}

void Rejoin::pull(PartitionId partition, NodeId from, const Source& source,
                  Effects& out) const {
  out.send.push_back(
      {.from = self_,
       .to = from,
       .operation = OperationId{first_.raw() + partition.raw()},
       .round = source.round,
       .epoch = ring_->epoch,
       .standing = {},
       .body = Pull{
           .partition = partition, .from_hash = source.hash, .from_key = source.key}});
}

void Rejoin::page(const Message& message, Page page, Effects& out) {
  const auto at = copying_.find(page.partition);
  const bool is_answer =
      phase_ == Phase::copying && at != copying_.end() &&
      message.operation == OperationId{first_.raw() + page.partition.raw()};
  if (!is_answer || page.error) return;  // asked again, later
  Copying& copying = at->second;
  const auto from = copying.sources.find(message.from);
  if (from == copying.sources.end() || from->second.round != message.round) return;
  Source& source = from->second;
  if (source.is_done) return;
  for (auto next = page.entries.begin(); next != page.entries.end(); ++next) {
    if (replica_.reads_first(next->key, next->state)) {
      page.entries.erase(page.entries.begin(), next);
      Message rest = message;
      rest.body = std::move(page);
      return replica_.wait_for_first(rest, out);
    }
    const auto seq = replica_.merge_in(next->key, next->state);
    if (!seq) return;  // no room, perhaps: the page is asked for again
    copying.last_seq = std::max(copying.last_seq, *seq);
  }
  ++source.round;
  source.is_done = page.is_last;
  source.hash = page.next_hash;
  source.key = std::move(page.next_key);
  if (!source.is_done) return pull(page.partition, message.from, source, out);
  durable(replica_.durable_seq(), out);
}

// So many others that at least one of them has each write that W owners acknowledged, this
// node among them.
std::size_t Rejoin::sources_needed() const {
  return std::min(quorum_.n - 1, quorum_.n - quorum_.w + 1);
}

bool Rejoin::is_copied(const Copying& copying) const {
  const auto done = std::ranges::count_if(
      copying.sources, [](const auto& source) { return source.second.is_done; });
  return static_cast<std::size_t>(done) >= sources_needed();
}

void Rejoin::durable(std::uint64_t seq, Effects& out) {
  if (phase_ != Phase::copying) return;
  const auto is_safe = [&](const auto& entry) {
    return is_copied(entry.second) && entry.second.last_seq <= seq;
  };
  for (auto at = copying_.begin(); at != copying_.end();) {
    if (!is_safe(*at)) {
      ++at;
      continue;
    }
    replica_.count(at->first);
    out.whole.push_back(at->first);
    at = copying_.erase(at);
  }
  start_next_partitions(out);
}

void Rejoin::again(Effects& out) {
  if (phase_ == Phase::asking) {
    for (const Member& member : ring_->members) {
      if (member.node.id == self_ || heard_.contains(member.node.id)) continue;
      Message& message = out.post(Hello{});
      message.to = member.node.id;
      message.operation = first_;
    }
  }
  for (const auto& [partition, copying] : copying_) {
    for (const auto& [node, source] : copying.sources) {
      if (!source.is_done) pull(partition, node, source, out);
    }
  }
}

}  // namespace kv
