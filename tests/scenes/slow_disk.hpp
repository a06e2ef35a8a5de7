// A disk whose log takes its time to sync; what is made for later (spares, the manifest)
// does not.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "v4_replicated_kv/storage/disk.hpp"

namespace kv::test {

class SlowFile final : public File {
 public:
  SlowFile(std::unique_ptr<File> file, std::chrono::milliseconds sync)
      : file_(std::move(file)), sync_(sync) {}

  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    return file_->write(offset, bytes);
  }
  Result<void> read(std::uint64_t offset, std::size_t count,
                    std::string& out) const override {
    return file_->read(offset, count, out);
  }
  Result<void> sync() override {
    if (std::exchange(is_made_, true)) std::this_thread::sleep_for(sync_);
    return file_->sync();
  }
  Result<void> resize(std::uint64_t size) override { return file_->resize(size); }
  Result<std::uint64_t> size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
  std::chrono::milliseconds sync_;
  bool is_made_ = false;  // by the first sync
};

class SlowDisk final : public Disk {
 public:
  SlowDisk(std::unique_ptr<Disk> disk, std::chrono::milliseconds sync)
      : disk_(std::move(disk)), sync_(sync) {}

  Result<std::unique_ptr<File>> create(const std::string& name) override {
    return slow(disk_->create(name));
  }
  Result<std::unique_ptr<File>> open(const std::string& name) override {
    return slow(disk_->open(name));
  }
  Result<std::vector<std::string>> list() const override { return disk_->list(); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return disk_->rename(from, to);
  }
  Result<void> remove(const std::string& name) override { return disk_->remove(name); }
  Result<void> sync_names() override { return disk_->sync_names(); }

 private:
  Result<std::unique_ptr<File>> slow(Result<std::unique_ptr<File>> file) {
    if (!file) return file;
    return std::make_unique<SlowFile>(*std::move(file), sync_);
  }

  std::unique_ptr<Disk> disk_;
  std::chrono::milliseconds sync_;
};

}  // namespace kv::test
