// A disk whose syncs stop at a gate, and whose writes may stop at another, so that a test
// decides what happens during one.
//
// Where the gate of the syncs stands makes a difference for what is written meanwhile.
// Before the sync: that is made durable with the rest. After it: the disk has done its
// work, and only has not said so yet; what is written now is not covered.
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

struct Gates {
  std::shared_ptr<Gate> syncs;
  GateStands where = GateStands::before_the_sync;  // the syncs' gate
  std::shared_ptr<Gate> writes{};                  // none: writes pass freely
};

class GatedFile final : public File {
 public:
  // The first so many syncs pass freely.
  GatedFile(std::unique_ptr<File> file, Gates gates, int free)
      : file_(std::move(file)), gates_(std::move(gates)), free_(free) {}

  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    if (gates_.writes && free_ <= 0) gates_.writes->pass();
    return file_->write(offset, bytes);
  }
  Result<void> read(std::uint64_t offset, std::size_t count,
                    std::string& out) const override {
    return file_->read(offset, count, out);
  }
  Result<void> sync() override {
    if (free_-- > 0) return file_->sync();
    if (gates_.where == GateStands::before_the_sync) gates_.syncs->pass();
    auto synced = file_->sync();
    if (gates_.where == GateStands::after_the_sync) gates_.syncs->pass();
    return synced;
  }
  Result<void> resize(std::uint64_t size) override { return file_->resize(size); }
  Result<std::uint64_t> size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
  Gates gates_;
  int free_;
};

// The sync that ends the making of a file passes freely (spares, hints, the manifest);
// one of a spare that has become a segment stops at the gate.
class GatedDisk final : public Disk {
 public:
  GatedDisk(std::unique_ptr<Disk> disk, Gates gates)
      : disk_(std::move(disk)), gates_(std::move(gates)) {}

  Result<std::unique_ptr<File>> create(const std::string& name) override {
    auto file = disk_->create(name);
    if (!file) return file;
    return std::make_unique<GatedFile>(std::move(*file), gates_, 1);
  }
  Result<std::unique_ptr<File>> open(const std::string& name) override {
    auto file = disk_->open(name);
    if (!file) return file;
    return std::make_unique<GatedFile>(std::move(*file), gates_, 0);
  }
  Result<std::vector<std::string>> list() const override { return disk_->list(); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return disk_->rename(from, to);
  }
  Result<void> remove(const std::string& name) override { return disk_->remove(name); }
  Result<void> sync_names() override { return disk_->sync_names(); }

 private:
  std::unique_ptr<Disk> disk_;
  Gates gates_;
};

}  // namespace kv
