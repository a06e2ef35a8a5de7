#include "v4_replicated_kv/simulation/simulated_platter.hpp"

#include <array>
#include <numeric>

#include <fmt/format.h>

#include "common/base/check.hpp"
#include "common/base/text.hpp"

namespace kv {

namespace {

constexpr std::array<const char*, kDiskCalls> kWords{
    "create", "open", "list", "rename", "remove",          "sync the names of",
    "write",  "read", "sync", "resize", "take the size of"};

std::size_t index_of(DiskCall call) {
  return static_cast<std::size_t>(call);
}

const char* verb_of(DiskCall call) {
  return kWords[index_of(call)];
}

bool needs_room(DiskCall call) {
  return call == DiskCall::create || call == DiskCall::rename ||
         call == DiskCall::write || call == DiskCall::resize;
}

bool opens(DiskCall call) {
  return call == DiskCall::create || call == DiskCall::open || call == DiskCall::list;
}

bool counts(const DiskFault& fault, DiskCall call) {
  if (fault.only && *fault.only != call) return false;
  if (fault.code == Errc::disk_full) return needs_room(call);
  return fault.code != Errc::out_of_memory || opens(call);
}

const char* cause_of(Errc code) {
  if (code == Errc::disk_full) return "no room";
  return code == Errc::out_of_memory ? "too many open files" : "the disk failed";
}

}  // namespace

Result<void> SimulatedPlatter::begin(DiskCall call, std::uint64_t boot,
                                     const std::string& name) {
  if (boot != boot_) {
    return fail(Errc::stopped, fmt::format("cannot {} {}: the machine went down since it "
                                           "was opened; open the disk again",
                                           verb_of(call), name));
  }
  ++calls_[index_of(call)];
  if (!fault_ || !counts(*fault_, call)) return {};
  if (fault_->call > 1) {
    --fault_->call;
    return {};
  }
  const Errc code = fault_->code;
  if (!fault_->for_ever) fault_.reset();
  return fail(code, fmt::format("cannot {} {}: {}, as the simulation wants it",
                                verb_of(call), printable(name), cause_of(code)));
}

Result<SimulatedPlatter::NodePtr> SimulatedPlatter::find(const std::string& name,
                                                         DiskCall call) const {
  const auto at = names_.find(name);
  if (at != names_.end()) return at->second;
  return fail(Errc::not_found, fmt::format("cannot {} {}: there is no such file",
                                           verb_of(call), printable(name)));
}

std::uint64_t SimulatedPlatter::used() const {
  std::uint64_t pages = 0;
  for (const auto& [name, node] : names_) pages += node->file.now().pages();
  for (const NodePtr& node : removed_) {
    if (node->handles > 0) pages += node->file.now().pages();
  }
  return pages * kPageBytes;
}

void SimulatedPlatter::change_name(const NodePtr& node, const std::string& name) {
  std::erase_if(removed_, [](const NodePtr& one) { return one->handles == 0; });
  const auto at = names_.find(name);
  if (at != names_.end() && at->second == node) return;
  if (at != names_.end()) removed_.push_back(at->second);
  if (name.empty()) removed_.push_back(node);
  unsynced_names_.push_back({node, name});
  apply(unsynced_names_.back(), names_);
}

void SimulatedPlatter::apply(const NameChange& change, Names& names) {
  std::erase_if(names, [&](const auto& entry) { return entry.second == change.node; });
  if (!change.name.empty()) names[change.name] = change.node;
}

void SimulatedPlatter::sync_names_in_part() {
  // A journal keeps the first few changes; a file system without one keeps any.
  const bool journal = chance_.below(2) == 0;
  std::uint64_t kept = chance_.below(unsynced_names_.size() + 1);
  for (const NameChange& change : unsynced_names_) {
    const bool keeps = journal ? kept > 0 : chance_.below(2) == 0;
    if (kept > 0) --kept;
    if (keeps) apply(change, durable_names_);
  }
  unsynced_names_.clear();
}

void SimulatedPlatter::reboot() {
  ++boot_;
  opened_ = false;
  for (const auto& [name, node] : names_) node->handles = 0;
  removed_.clear();
}

std::shared_ptr<SimulatedPlatter> SimulatedPlatter::copy(std::uint64_t seed) const {
  const std::scoped_lock lock(mutex_);
  auto twin = std::make_shared<SimulatedPlatter>(seed);
  std::map<const Node*, NodePtr> twins;
  const auto twin_of = [&](const NodePtr& node) {
    NodePtr& other = twins[node.get()];
    if (other == nullptr) other = std::make_shared<Node>(Node{.file = node->file});
    return other;
  };
  for (const auto& [name, node] : names_) twin->names_[name] = twin_of(node);
  for (const auto& [name, node] : durable_names_) {
    twin->durable_names_[name] = twin_of(node);
  }
  for (const NameChange& change : unsynced_names_) {
    twin->unsynced_names_.push_back({twin_of(change.node), change.name});
  }
  twin->capacity_ = capacity_;
  return twin;
}

void SimulatedPlatter::cut_power(Unsynced what) {
  const std::scoped_lock lock(mutex_);
  if (what == Unsynced::at_random) sync_names_in_part();
  if (what == Unsynced::all_kept) {
    for (const NameChange& change : unsynced_names_) apply(change, durable_names_);
  }
  unsynced_names_.clear();
  names_ = durable_names_;
  for (const auto& [name, node] : names_) {
    if (what == Unsynced::at_random) node->file.sync_in_part(chance_);
    if (what == Unsynced::all_kept) node->file.sync();
    node->file.forget();
  }
  reboot();
}

void SimulatedPlatter::kill_process() {
  const std::scoped_lock lock(mutex_);
  reboot();
}

void SimulatedPlatter::inject(DiskFault fault) {
  KV_CHECK(fault.call > 0, "calls are counted from 1");
  KV_CHECK(fault.code == Errc::io || fault.code == Errc::disk_full ||
               fault.code == Errc::out_of_memory,
           "a disk fails, is full, or opens no more files");
  const std::scoped_lock lock(mutex_);
  fault_ = fault;
}

void SimulatedPlatter::heal() {
  const std::scoped_lock lock(mutex_);
  fault_.reset();
}

void SimulatedPlatter::limit_capacity(std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  capacity_ = bytes;
}

std::uint64_t SimulatedPlatter::bytes_used() const {
  const std::scoped_lock lock(mutex_);
  return used();
}

void SimulatedPlatter::flip_bit(const std::string& name, std::uint64_t offset,
                                unsigned bit) {
  const std::scoped_lock lock(mutex_);
  const auto at = names_.find(name);
  KV_CHECK(at != names_.end() && offset < at->second->file.now().size() && bit < 8,
           "only a bit that is there can be flipped");
  at->second->file.flip_bit(offset, bit);
}

std::optional<std::string> SimulatedPlatter::content(const std::string& name) const {
  const std::scoped_lock lock(mutex_);
  const auto at = names_.find(name);
  if (at == names_.end()) return std::nullopt;
  std::string bytes;
  at->second->file.now().read(0, at->second->file.now().size(), bytes);
  return bytes;
}

std::uint64_t SimulatedPlatter::calls() const {
  const std::scoped_lock lock(mutex_);
  return std::accumulate(calls_.begin(), calls_.end(), std::uint64_t{0});
}

std::uint64_t SimulatedPlatter::calls(DiskCall call) const {
  const std::scoped_lock lock(mutex_);
  return calls_[index_of(call)];
}

std::uint64_t SimulatedPlatter::bytes_written() const {
  const std::scoped_lock lock(mutex_);
  return bytes_written_;
}

std::uint64_t SimulatedPlatter::bytes_read() const {
  const std::scoped_lock lock(mutex_);
  return bytes_read_;
}

}  // namespace kv
