// A directory of a real file system as a Disk.
//
// Breaks if  an answer of the system is not looked at: a short write, an interrupted call,
//            a sync that failed once. Each of them is an error here, or carried on.
// Left out   direct I/O, io_uring: a write of a group and one sync cost what the disk
//            costs.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/storage/disk.hpp"

namespace kv {

// The directory, made for this user alone (mode 0700) where it is missing, and locked for
// this Disk until it is destroyed. Errors: locked where somebody has it already, in this
// process or another; io where it is no directory, is a symbolic link, or may be written
// by others.
[[nodiscard]] Result<std::unique_ptr<Disk>> open_posix_disk(const std::string& directory);

// The directory as it is now, for tools that look at a copy, or at one that is in use. Not
// locked, and never written: whatever would write gets Errc::io.
[[nodiscard]] Result<std::unique_ptr<Disk>> open_posix_disk_to_read(
    const std::string& directory);

}  // namespace kv
