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

#include "tests/storage/disk_around.hpp"

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

class GatedFile final : public test::FileAround {
 public:
  // The first so many syncs pass freely.
  GatedFile(std::unique_ptr<File> file, Gates gates, int free)
      : FileAround(std::move(file)), gates_(std::move(gates)), free_(free) {}

  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    if (gates_.writes && free_ <= 0) gates_.writes->pass();
    return FileAround::write(offset, bytes);
  }
  Result<void> sync() override {
    if (free_-- > 0) return FileAround::sync();
    if (gates_.where == GateStands::before_the_sync) gates_.syncs->pass();
    auto synced = FileAround::sync();
    if (gates_.where == GateStands::after_the_sync) gates_.syncs->pass();
    return synced;
  }

 private:
  Gates gates_;
  int free_;
};

// The sync that ends the making of a file passes freely (spares, hints, the manifest);
// one of a spare that has become a segment stops at the gate.
class GatedDisk final : public test::DiskAround {
 public:
  GatedDisk(std::unique_ptr<Disk> disk, Gates gates)
      : DiskAround(std::move(disk)), gates_(std::move(gates)) {}

 private:
  std::unique_ptr<File> around(std::unique_ptr<File> file, bool is_new) override {
    return std::make_unique<GatedFile>(std::move(file), gates_, is_new ? 1 : 0);
  }

  Gates gates_;
};

}  // namespace kv
