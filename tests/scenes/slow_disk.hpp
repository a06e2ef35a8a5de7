// A disk whose log takes its time to sync; what is made for later (spares, the manifest)
// does not.
#pragma once

#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "tests/storage/disk_around.hpp"

namespace kv::test {

class SlowFile final : public FileAround {
 public:
  SlowFile(std::unique_ptr<File> file, std::chrono::milliseconds sync)
      : FileAround(std::move(file)), sync_(sync) {}

  Result<void> sync() override {
    if (std::exchange(is_made_, true)) std::this_thread::sleep_for(sync_);
    return FileAround::sync();
  }

 private:
  std::chrono::milliseconds sync_;
  bool is_made_ = false;  // by the first sync
};

class SlowDisk final : public DiskAround {
 public:
  SlowDisk(std::unique_ptr<Disk> disk, std::chrono::milliseconds sync)
      : DiskAround(std::move(disk)), sync_(sync) {}

 private:
  std::unique_ptr<File> around(std::unique_ptr<File> file, bool /*is_new*/) override {
    return std::make_unique<SlowFile>(std::move(file), sync_);
  }

  std::chrono::milliseconds sync_;
};

}  // namespace kv::test
