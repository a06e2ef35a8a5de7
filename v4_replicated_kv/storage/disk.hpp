// The port to whatever keeps bytes: a real file system, or a simulated one that loses
// power on command.
//
// Why       the store's promises are about what a disk does wrong. Code that asks an
//           interface can be shown a disk that does every wrong thing at every call.
// Breaks if  "written" is taken for "durable". A write is in the page cache; sync() makes
//            a file's bytes durable, and sync_names() a name that was made, renamed or
//            removed. Nothing else does.
//
// Errors    Errc::disk_full where there was no room and nothing else is wrong;
//           Errc::out_of_memory where no more files can be open, so that create, open and
//           list find nothing out about the disk; Errc::not_found for a name that is not
//           there; Errc::locked; Errc::bad_usage for a name that is none; Errc::io for
//           the rest. A write that failed may have
//           written some of its bytes. After a sync that failed, for whatever reason
//           (Errc::io), nobody knows what is durable: asking again proves nothing.
// Threads   any number may use a Disk, and read a File; one at a time writes a File.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/base/text.hpp"

namespace kv {

// An open file. Closed when destroyed; a file that was removed lives until then.
class File {
 public:
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;

  // Writes all of `bytes` from `offset` on, growing the file where it ends before that.
  [[nodiscard]] virtual Result<void> write(std::uint64_t offset,
                                           std::string_view bytes) = 0;

  // Appends to `out` up to `count` bytes from `offset` on: fewer only where the file
  // ends.
  [[nodiscard]] virtual Result<void> read(std::uint64_t offset, std::size_t count,
                                          std::string& out) const = 0;

  // Makes what was written durable: the bytes, and the size.
  [[nodiscard]] virtual Result<void> sync() = 0;

  // Cuts the file to `size` bytes, or fills it up to them with zeros.
  [[nodiscard]] virtual Result<void> resize(std::uint64_t size) = 0;

  [[nodiscard]] virtual Result<std::uint64_t> size() const = 0;
};

// Whether a file may be called so: 1 to 64 letters, digits, '-', '_' and '.', of which
// the first is none of the three; and not LOCK, which a real disk keeps for itself.
[[nodiscard]] inline bool is_file_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  constexpr std::size_t kFileNameBytesMax = 64;
  return !name.empty() && name.size() <= kFileNameBytesMax && name != "LOCK" &&
         plain(name.front()) && std::ranges::all_of(name, [&](char c) {
           return plain(c) || c == '-' || c == '_' || c == '.';
         });
}

[[nodiscard]] inline Result<void> check_file_name(std::string_view name) {
  if (is_file_name(name)) return {};
  return fail(Errc::bad_usage, printable(name) +
                                   " cannot be the name of a file: use letters, digits, "
                                   "'-', '_' and '.'");
}

// One flat directory that this process has for itself, for as long as the Disk lives.
// Names are given by the store, never made of a key.
class Disk {
 public:
  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  // Makes an empty file, instead of one that has the name already: that one is removed
  // first, and may be gone although this fails.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> create(const std::string& name) = 0;

  // Opens a file that is there, for reading and writing.
  [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::string& name) = 0;

  // The names of all files that may be called so, sorted.
  [[nodiscard]] virtual Result<std::vector<std::string>> list() const = 0;

  // Gives a file another name, instead of one that has it already: at once, or not.
  [[nodiscard]] virtual Result<void> rename(const std::string& from,
                                            const std::string& to) = 0;

  [[nodiscard]] virtual Result<void> remove(const std::string& name) = 0;

  // Makes the names durable, as they are now.
  [[nodiscard]] virtual Result<void> sync_names() = 0;
};

}  // namespace kv
