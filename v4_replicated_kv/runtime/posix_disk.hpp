// The real disk: a directory of the operating system's.
//
// Safe      the directory is nobody else's: mode 0700 when it is made, refused when others
//           may write in it or when it is a symbolic link, and locked for as long as the
//           Disk lives, against this process too. Files are 0600; no link is followed.
// Durable   sync() is fdatasync, sync_names() is fsync of the directory; that the directory
//           is there at all is made durable when it is opened.
// Left out  drives that say "flushed" and lie; file systems that keep no locks.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "v4_replicated_kv/storage/disk.hpp"

namespace kv {

// Makes the directory unless it is there; its parent must be. Errc::locked where some
// process, or this one, has it.
[[nodiscard]] Result<std::unique_ptr<Disk>> open_posix_disk(const std::string& path);

// For tools that look at a directory which a running process may have: takes no lock, makes
// nothing, and refuses every change with Errc::bad_usage.
[[nodiscard]] Result<std::unique_ptr<Disk>> open_posix_disk_to_read(
    const std::string& path);

}  // namespace kv
