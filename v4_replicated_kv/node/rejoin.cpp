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
  asked_ = 0;
  replica_.count_nothing();
  if (heard_all()) return start_copying(out);
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

// Of how many owners a write may have waited for: a request may ask for a majority though
// the cluster's own W is larger. Single copies have no promise to keep here.
std::size_t Rejoin::acks_of_writes() const {
  return std::min(quorum_.w, majority(quorum_.n));
}

// Of each partition, N-W others, and one at least. They need not have heard of what this node
// acknowledged: its coordinator did, which may be somebody else (README.md, "what is left").
bool Rejoin::heard_enough() const {
  const std::size_t others = quorum_.n - 1;
  const std::size_t needed =
      std::min(others, std::max<std::size_t>(1, quorum_.n - acks_of_writes()));
  return std::ranges::all_of(own_partitions(), [&](PartitionId partition) {
    const auto owners = ring_->table.owners(partition);
    const auto answered = std::ranges::count_if(
        owners, [&](NodeId owner) { return owner != self_ && heard_.contains(owner); });
    return static_cast<std::size_t>(answered) >= needed;
  });
}

bool Rejoin::heard_all() const {
  return heard_.size() + 1 >= ring_->members.size();
}

void Rejoin::heard(NodeId peer, bool went_back, Effects& out) {
  if (phase_ != Phase::asking) return;
  heard_.insert(peer);
  is_damaged_ = is_damaged_ || went_back;
  if (heard_all() || (is_damaged_ && heard_enough())) start_copying(out);
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
      pull(partition, owner, copying[owner], out);
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
  const auto from = at->second.find(message.from);
  if (from == at->second.end() || from->second.round != message.round) return;
  Source& source = from->second;
  if (source.is_done || source.storing > 0) return;
  source.has_failed = false;
  source.storing = page.entries.size();
  for (Page::Entry& entry : page.entries) {
    const OperationId id{next_store_++};
    storing_.emplace(id, std::pair(page.partition, message.from));
    Message& push =
        out.post(Push{.key = std::move(entry.key), .state = std::move(entry.state)});
    push.to = self_;
    push.operation = id;
  }
  page.entries.clear();
  source.last = std::move(page);
  if (source.storing == 0) page_is_stored(source.last.partition, message.from, out);
}

bool Rejoin::stored(OperationId asked, const Stored& stored, Effects& out) {
  const auto at = storing_.find(asked);
  if (at == storing_.end()) return false;
  const auto [partition, from] = at->second;
  storing_.erase(at);
  const auto copying = copying_.find(partition);
  if (copying == copying_.end()) return true;  // enough others had all
  Source& source = copying->second.at(from);
  if (stored.storing == Storing::failed) source.has_failed = true;  // no room, perhaps
  if (--source.storing == 0 && !source.has_failed) page_is_stored(partition, from, out);
  return true;
}

void Rejoin::page_is_stored(PartitionId partition, NodeId from, Effects& out) {
  Copying& copying = copying_.at(partition);
  Source& source = copying.at(from);
  ++source.round;
  source.is_done = source.last.is_last;
  source.hash = source.last.next_hash;
  source.key = std::move(source.last.next_key);
  if (!source.is_done) return pull(partition, from, source, out);
  if (!is_copied(copying)) return;
  replica_.count(partition);
  out.whole.push_back(partition);
  copying_.erase(partition);
  start_next_partitions(out);
}

// So many others that at least one of them has each write that W owners acknowledged, this
// node among them.
std::size_t Rejoin::sources_needed() const {
  return std::min(quorum_.n - 1, quorum_.n - acks_of_writes() + 1);
}

bool Rejoin::is_copied(const Copying& copying) const {
  const auto done = std::ranges::count_if(
      copying, [](const auto& source) { return source.second.is_done; });
  return static_cast<std::size_t>(done) >= sources_needed();
}

std::set<NodeId> Rejoin::waits_for() const {
  std::set<NodeId> awaited;
  for (const auto& [partition, copying] : copying_) {
    for (const auto& [node, source] : copying) {
      if (!source.is_done) awaited.insert(node);
    }
  }
  if (phase_ != Phase::asking) return awaited;
  for (const Member& member : ring_->members) {
    const NodeId id = member.node.id;
    if (id != self_ && !heard_.contains(id)) awaited.insert(id);
  }
  return awaited;
}

void Rejoin::again(Effects& out) {
  if (phase_ == Phase::asking) {
    constexpr int kPatience = 3;
    if (asked_ >= kPatience && heard_enough()) return start_copying(out);
    ++asked_;
    for (const Member& member : ring_->members) {
      if (member.node.id == self_ || heard_.contains(member.node.id)) continue;
      Message& message = out.post(Hello{});
      message.to = member.node.id;
      message.operation = first_;
    }
  }
  for (const auto& [partition, copying] : copying_) {
    for (const auto& [node, source] : copying) {
      if (!source.is_done && source.storing == 0) pull(partition, node, source, out);
    }
  }
}

}  // namespace kv
