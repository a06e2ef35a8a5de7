#include "v4_replicated_kv/simulation/simulated_disk.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "v4_replicated_kv/storage/disk.hpp"

namespace kv {

class SimulatedFile : public File {
 public:
  // With the platter's mutex held.
  SimulatedFile(std::shared_ptr<SimulatedPlatter> platter, SimulatedPlatter::NodePtr node,
                std::string name)
      : platter_(std::move(platter)),
        node_(std::move(node)),
        name_(std::move(name)),
        boot_(platter_->boot_) {
    ++node_->handles;
  }
  SimulatedFile(const SimulatedFile&) = delete;
  SimulatedFile& operator=(const SimulatedFile&) = delete;

  ~SimulatedFile() override {
    const std::scoped_lock lock(platter_->mutex_);
    if (boot_ == platter_->boot_) --node_->handles;
  }

  [[nodiscard]] Result<void> write(std::uint64_t offset,
                                   std::string_view bytes) override {
    const std::scoped_lock lock(platter_->mutex_);
    const auto begun = begin(DiskCall::write);
    if (!begun) {
      if (begun.error().code == Errc::stopped) return begun;
      put(offset, bytes.substr(0, platter_->chance_.below(bytes.size() + 1)));
      return begun;
    }
    const std::size_t fits = node_->file.fitting(offset, bytes.size(), free_pages());
    put(offset, bytes.substr(0, fits));
    if (fits == bytes.size()) return {};
    return fail(Errc::disk_full, fmt::format("cannot write {}: no room on the simulated "
                                             "disk; remove files or raise its capacity",
                                             name_));
  }

  [[nodiscard]] Result<void> read(std::uint64_t offset, std::size_t count,
                                  std::string& out) const override {
    const std::scoped_lock lock(platter_->mutex_);
    if (const auto begun = begin(DiskCall::read); !begun) return begun;
    const std::size_t before = out.size();
    node_->file.now().read(offset, count, out);
    platter_->bytes_read_ += out.size() - before;
    return {};
  }

  [[nodiscard]] Result<void> sync() override {
    const std::scoped_lock lock(platter_->mutex_);
    const auto begun = begin(DiskCall::sync);
    if (begun) {
      node_->file.sync();
    } else if (begun.error().code != Errc::stopped) {
      node_->file.sync_in_part(platter_->chance_);
    }
    return begun;
  }

  [[nodiscard]] Result<void> resize(std::uint64_t size) override {
    const std::scoped_lock lock(platter_->mutex_);
    if (const auto begun = begin(DiskCall::resize); !begun) return begun;
    node_->file.resize(size);
    return {};
  }

  [[nodiscard]] Result<std::uint64_t> size() const override {
    const std::scoped_lock lock(platter_->mutex_);
    if (const auto begun = begin(DiskCall::size); !begun) {
      return std::unexpected(begun.error());
    }
    return node_->file.now().size();
  }

 private:
  [[nodiscard]] Result<void> begin(DiskCall call) const {
    return platter_->begin(call, boot_, name_);
  }

  void put(std::uint64_t offset, std::string_view bytes) {
    node_->file.write(offset, bytes);
    platter_->bytes_written_ += bytes.size();
  }

  [[nodiscard]] std::uint64_t free_pages() const {
    if (!platter_->capacity_) return std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t used = platter_->used();
    return (std::max(*platter_->capacity_, used) - used) / kPageBytes;
  }

  std::shared_ptr<SimulatedPlatter> platter_;
  SimulatedPlatter::NodePtr node_;
  std::string name_;
  std::uint64_t boot_;
};

class SimulatedDisk : public Disk {
 public:
  // With the platter's mutex held.
  explicit SimulatedDisk(std::shared_ptr<SimulatedPlatter> platter)
      : platter_(std::move(platter)), boot_(platter_->boot_) {
    platter_->opened_ = true;
  }
  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  ~SimulatedDisk() override {
    const std::scoped_lock lock(platter_->mutex_);
    if (boot_ == platter_->boot_) platter_->opened_ = false;
  }

  [[nodiscard]] Result<std::unique_ptr<File>> create(const std::string& name) override {
    const std::scoped_lock lock(platter_->mutex_);
    if (const auto fine = check_file_name(name); !fine)
      return std::unexpected(fine.error());
    const auto begun = begin(DiskCall::create, name);
    if (begun || begun.error().code != Errc::stopped) {
      const auto old = platter_->names_.find(name);
      const bool removes = begun || platter_->chance_.below(2) == 0;
      if (removes && old != platter_->names_.end()) {
        platter_->change_name(SimulatedPlatter::NodePtr(old->second), "");
      }
    }
    if (!begun) return std::unexpected(begun.error());
    const auto node = std::make_shared<SimulatedPlatter::Node>();
    platter_->change_name(node, name);
    return std::make_unique<SimulatedFile>(platter_, node, name);
  }

  [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& name) override {
    const std::scoped_lock lock(platter_->mutex_);
    const auto node = named(DiskCall::open, name);
    if (!node) return std::unexpected(node.error());
    return std::make_unique<SimulatedFile>(platter_, *node, name);
  }

  [[nodiscard]] Result<std::vector<std::string>> list() const override {
    const std::scoped_lock lock(platter_->mutex_);
    if (const auto begun = begin(DiskCall::list, "the files"); !begun) {
      return std::unexpected(begun.error());
    }
    std::vector<std::string> names;
    for (const auto& [name, node] : platter_->names_) names.push_back(name);
    return names;
  }

  [[nodiscard]] Result<void> rename(const std::string& from,
                                    const std::string& to) override {
    const std::scoped_lock lock(platter_->mutex_);
    if (const auto fine = check_file_name(to); !fine) return fine;
    const auto node = named(DiskCall::rename, from);
    if (!node) return std::unexpected(node.error());
    platter_->change_name(*node, to);
    return {};
  }

  [[nodiscard]] Result<void> remove(const std::string& name) override {
    const std::scoped_lock lock(platter_->mutex_);
    const auto node = named(DiskCall::remove, name);
    if (!node) return std::unexpected(node.error());
    platter_->change_name(*node, "");
    return {};
  }

  [[nodiscard]] Result<void> sync_names() override {
    const std::scoped_lock lock(platter_->mutex_);
    const auto begun = begin(DiskCall::sync_names, "the files");
    if (begun) {
      for (const auto& change : platter_->unsynced_names_) {
        SimulatedPlatter::apply(change, platter_->durable_names_);
      }
      platter_->unsynced_names_.clear();
    } else if (begun.error().code != Errc::stopped) {
      platter_->sync_names_in_part();
    }
    return begun;
  }

 private:
  [[nodiscard]] Result<void> begin(DiskCall call, const std::string& name) const {
    return platter_->begin(call, boot_, name);
  }

  // The file that the call is about.
  [[nodiscard]] Result<SimulatedPlatter::NodePtr> named(DiskCall call,
                                                        const std::string& name) const {
    if (const auto fine = check_file_name(name); !fine)
      return std::unexpected(fine.error());
    if (const auto begun = begin(call, name); !begun) {
      return std::unexpected(begun.error());
    }
    return platter_->find(name, call);
  }

  std::shared_ptr<SimulatedPlatter> platter_;
  std::uint64_t boot_;
};

Result<std::unique_ptr<Disk>> open_simulated_disk(
    const std::shared_ptr<SimulatedPlatter>& platter) {
  const std::scoped_lock lock(platter->mutex_);
  if (platter->opened_) {
    return fail(Errc::locked,
                "the simulated disk is open already: close it, or stop the "
                "process that has it");
  }
  return std::make_unique<SimulatedDisk>(platter);
}

}  // namespace kv
