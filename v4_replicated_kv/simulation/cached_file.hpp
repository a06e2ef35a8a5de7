// The bytes of one simulated file: what the page cache shows, and what is on the platter.
//
// Why       between two syncs the kernel may write any page back at any time, and the
//           device may stop between two sectors. So after a power cut every sector is, on
//           its own, any version that it ever had since the last sync; and so is the
//           size.
// Breaks if a crash keeps writes whole, or in the order they were made: a store that
// relies
//           on either would pass.
// Left out  blocks of removed files that shine through a file that grew (zeros here, as
//           in every journalling file system but one mode of one of them), and sectors
//           that are torn themselves: flip a bit for that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/rng.hpp"

namespace kv {

inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kSectorBytes = 512;

// The bytes of a page, shared by all images that have it; null where all are zero.
using FilePage = std::shared_ptr<const std::string>;

// The bytes of a file at one moment. Pages that were never written take no room.
class PageImage {
 public:
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t pages() const { return pages_.size(); }
  [[nodiscard]] bool has_page(std::uint64_t number) const {
    return pages_.contains(number);
  }
  [[nodiscard]] FilePage page(std::uint64_t number) const;
  [[nodiscard]] std::vector<std::uint64_t> pages_from(std::uint64_t number) const;

  void read(std::uint64_t offset, std::size_t count, std::string& out) const;
  void write(std::uint64_t offset, std::string_view bytes);

  // Zeros from `size` on, and no page behind it.
  void resize(std::uint64_t size);

  // Does not change the size.
  void set_page(std::uint64_t number, const std::string& bytes);

 private:
  std::uint64_t size_ = 0;
  std::map<std::uint64_t, FilePage> pages_;
};

class CachedFile {
 public:
  // What every reader sees.
  [[nodiscard]] const PageImage& now() const { return now_; }

  // How many of `count` bytes can be written from `offset` on with so many new pages.
  [[nodiscard]] std::size_t fitting(std::uint64_t offset, std::size_t count,
                                    std::uint64_t new_pages) const;

  void write(std::uint64_t offset, std::string_view bytes);
  void resize(std::uint64_t size);

  // Everything that is not clean becomes durable.
  void sync();

  // Of everything that is not clean, some version of every sector becomes durable, and
  // all counts as clean from now on: the next sync will not touch it. (What Linux does.)
  void sync_in_part(Rng& chance);

  // The page cache forgets all that is not durable.
  void forget();

  // Turns one bit of a byte, in the cache and on the platter, where they have it.
  void flip_bit(std::uint64_t offset, unsigned bit);

 private:
  PageImage now_;
  PageImage durable_;
  std::map<std::uint64_t, std::vector<FilePage>>
      dirty_;                         // all versions since the last sync
  std::vector<std::uint64_t> sizes_;  // and all sizes
};

}  // namespace kv
