// A disk whose syncs stop at a gate, so that a test decides what happens during one.
//
// Where the gate stands makes a difference for what is written meanwhile. Before the sync:
// that is made durable with the rest. After it: the disk has done its work, and only has
// not said so yet; what is written now is not covered.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "v4_replicated_kv/storage/disk.hpp"

namespace kv {

class Gate {
 public:
  void shut() {
    const std::scoped_lock lock(mutex_);
    shut_ = true;
  }

  void open() {
    const std::scoped_lock lock(mutex_);
    shut_ = false;
    changed_.notify_all();
  }

  // Called by a sync: waits while the gate is shut.
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !shut_; });
  }

  // Returns once so many syncs have come to the gate since it was made.
  void wait_for_arrivals(std::uint64_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ >= count; });
  }

  [[nodiscard]] std::uint64_t arrived() {
    const std::scoped_lock lock(mutex_);
    return arrived_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool shut_ = false;
  std::uint64_t arrived_ = 0;
};

enum class GateStands { before_the_sync, after_the_sync };

class GatedFile final : public File {
 public:
  GatedFile(std::unique_ptr<File> file, std::shared_ptr<Gate> gate, GateStands where)
      : file_(std::move(file)), gate_(std::move(gate)), where_(where) {}

  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    return file_->write(offset, bytes);
  }
  Result<void> read(std::uint64_t offset, std::size_t count,
                    std::string& out) const override {
    return file_->read(offset, count, out);
  }
  Result<void> sync() override {
    if (where_ == GateStands::before_the_sync) gate_->pass();
    auto synced = file_->sync();
    if (where_ == GateStands::after_the_sync) gate_->pass();
    return synced;
  }
  Result<void> resize(std::uint64_t size) override { return file_->resize(size); }
  Result<std::uint64_t> size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
  std::shared_ptr<Gate> gate_;
  GateStands where_;
};

// Files that were made pass freely (spares, hints, the manifest); those that are opened,
// which is how the log gets its segments, stop at the gate.
class GatedDisk final : public Disk {
 public:
  GatedDisk(std::unique_ptr<Disk> disk, std::shared_ptr<Gate> gate,
            GateStands where = GateStands::before_the_sync)
      : disk_(std::move(disk)), gate_(std::move(gate)), where_(where) {}

  Result<std::unique_ptr<File>> create(const std::string& name) override {
    return disk_->create(name);
  }
  Result<std::unique_ptr<File>> open(const std::string& name) override {
    auto file = disk_->open(name);
    if (!file) return file;
    return std::make_unique<GatedFile>(std::move(*file), gate_, where_);
  }
  Result<std::vector<std::string>> list() const override { return disk_->list(); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return disk_->rename(from, to);
  }
  Result<void> remove(const std::string& name) override { return disk_->remove(name); }
  Result<void> sync_names() override { return disk_->sync_names(); }

 private:
  std::unique_ptr<Disk> disk_;
  std::shared_ptr<Gate> gate_;
  GateStands where_;
};

}  // namespace kv
