// A disk around another one: all calls go through, until a test says otherwise of one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "v4_replicated_kv/storage/disk.hpp"

namespace kv::test {

class FileAround : public File {
 public:
  explicit FileAround(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    return file_->write(offset, bytes);
  }
  Result<void> read(std::uint64_t offset, std::size_t count,
                    std::string& out) const override {
    return file_->read(offset, count, out);
  }
  Result<void> sync() override { return file_->sync(); }
  Result<void> resize(std::uint64_t size) override { return file_->resize(size); }
  Result<std::uint64_t> size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
};

class DiskAround : public Disk {
 public:
  explicit DiskAround(std::unique_ptr<Disk> disk) : disk_(std::move(disk)) {}

  Result<std::unique_ptr<File>> create(const std::string& name) override {
    auto file = disk_->create(name);
    if (!file) return file;
    return around(*std::move(file), true);
  }
  Result<std::unique_ptr<File>> open(const std::string& name) override {
    auto file = disk_->open(name);
    if (!file) return file;
    return around(*std::move(file), false);
  }
  Result<std::vector<std::string>> list() const override { return disk_->list(); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return disk_->rename(from, to);
  }
  Result<void> remove(const std::string& name) override { return disk_->remove(name); }
  Result<void> sync_names() override { return disk_->sync_names(); }

 private:
  // What a file of the other disk becomes.
  virtual std::unique_ptr<File> around(std::unique_ptr<File> file, bool is_new) = 0;

  std::unique_ptr<Disk> disk_;
};

}  // namespace kv::test
