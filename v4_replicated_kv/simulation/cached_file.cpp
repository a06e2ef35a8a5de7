#include "v4_replicated_kv/simulation/cached_file.hpp"

#include <algorithm>

namespace kv {

namespace {

std::string bytes_of(const FilePage& page) {
  return page == nullptr ? std::string(kPageBytes, '\0') : *page;
}

// Which of `versions`, the oldest of which is durable: mostly the newest, or mostly not.
std::size_t choose(std::size_t versions, std::uint64_t newest_in_8, Rng& chance) {
  if (versions == 1 || chance.below(8) < newest_in_8) return versions - 1;
  return static_cast<std::size_t>(chance.below(versions - 1));
}

}  // namespace

FilePage PageImage::page(std::uint64_t number) const {
  const auto at = pages_.find(number);
  return at == pages_.end() ? nullptr : at->second;
}

std::vector<std::uint64_t> PageImage::pages_from(std::uint64_t number) const {
  std::vector<std::uint64_t> numbers;
  for (auto at = pages_.lower_bound(number); at != pages_.end(); ++at) {
    numbers.push_back(at->first);
  }
  return numbers;
}

void PageImage::read(std::uint64_t offset, std::size_t count, std::string& out) const {
  if (offset >= size_) return;
  std::uint64_t left = std::min<std::uint64_t>(count, size_ - offset);
  while (left > 0) {
    const std::size_t begin = offset % kPageBytes;
    const auto take =
        static_cast<std::size_t>(std::min<std::uint64_t>(left, kPageBytes - begin));
    const FilePage from = page(offset / kPageBytes);
    if (from == nullptr) {
      out.append(take, '\0');
    } else {
      out.append(*from, begin, take);
    }
    offset += take;
    left -= take;
  }
}

void PageImage::write(std::uint64_t offset, std::string_view bytes) {
  if (!bytes.empty()) size_ = std::max(size_, offset + bytes.size());
  while (!bytes.empty()) {
    const std::size_t begin = offset % kPageBytes;
    const std::size_t take = std::min(bytes.size(), kPageBytes - begin);
    std::string changed = bytes_of(page(offset / kPageBytes));
    changed.replace(begin, take, bytes.substr(0, take));
    set_page(offset / kPageBytes, changed);
    offset += take;
    bytes.remove_prefix(take);
  }
}

void PageImage::resize(std::uint64_t size) {
  size_ = size;
  const std::size_t kept = size % kPageBytes;
  const std::uint64_t last = size / kPageBytes;
  pages_.erase(pages_.lower_bound(kept == 0 ? last : last + 1), pages_.end());
  if (kept == 0 || !has_page(last)) return;
  std::string cut = bytes_of(page(last));
  std::fill(cut.begin() + static_cast<std::ptrdiff_t>(kept), cut.end(), '\0');
  set_page(last, cut);
}

void PageImage::set_page(std::uint64_t number, const std::string& bytes) {
  const bool zeros = std::ranges::all_of(bytes, [](char byte) { return byte == '\0'; });
  pages_[number] = zeros ? nullptr : std::make_shared<const std::string>(bytes);
}

std::size_t CachedFile::fitting(std::uint64_t offset, std::size_t count,
                                std::uint64_t new_pages) const {
  std::size_t fits = 0;
  while (fits < count) {
    const std::uint64_t at = offset + fits;
    if (!now_.has_page(at / kPageBytes) && new_pages-- == 0) break;
    fits += std::min(count - fits, kPageBytes - at % kPageBytes);
  }
  return fits;
}

void CachedFile::write(std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  const std::uint64_t before = now_.size();
  now_.write(offset, bytes);
  const std::uint64_t last = (offset + bytes.size() - 1) / kPageBytes;
  for (std::uint64_t number = offset / kPageBytes; number <= last; ++number) {
    dirty_[number].push_back(now_.page(number));
  }
  if (now_.size() != before) sizes_.push_back(now_.size());
}

void CachedFile::resize(std::uint64_t size) {
  if (size == now_.size()) return;
  const std::vector<std::uint64_t> changed = now_.pages_from(size / kPageBytes);
  now_.resize(size);
  for (const std::uint64_t number : changed) dirty_[number].push_back(now_.page(number));
  sizes_.push_back(size);
}

void CachedFile::sync() {
  if (dirty_.empty() && sizes_.empty()) return;
  for (const auto& [number, versions] : dirty_) {
    durable_.set_page(number, bytes_of(now_.page(number)));
  }
  durable_.resize(now_.size());
  dirty_.clear();
  sizes_.clear();
}

void CachedFile::sync_in_part(Rng& chance) {
  if (dirty_.empty() && sizes_.empty()) return;
  const std::size_t step = chance.below(2) == 0 ? kSectorBytes : kPageBytes;
  const std::uint64_t newest_in_8 = 1 + 3 * chance.below(3);
  for (auto& [number, versions] : dirty_) {
    versions.insert(versions.begin(), durable_.page(number));
    std::string mixed;
    while (mixed.size() < kPageBytes) {
      const FilePage& chosen = versions[choose(versions.size(), newest_in_8, chance)];
      if (chosen == nullptr) {
        mixed.append(step, '\0');
      } else {
        mixed.append(*chosen, mixed.size(), step);
      }
    }
    durable_.set_page(number, mixed);
  }
  sizes_.insert(sizes_.begin(), durable_.size());
  durable_.resize(sizes_[choose(sizes_.size(), newest_in_8, chance)]);
  dirty_.clear();
  sizes_.clear();
}

void CachedFile::forget() {
  now_ = durable_;
  dirty_.clear();
  sizes_.clear();
}

void CachedFile::flip_bit(std::uint64_t offset, unsigned bit) {
  for (PageImage* const image : {&now_, &durable_}) {
    if (offset >= image->size()) continue;
    std::string byte;
    image->read(offset, 1, byte);
    byte[0] = static_cast<char>(static_cast<unsigned char>(byte[0]) ^ (1U << bit));
    image->write(offset, byte);
  }
}

}  // namespace kv
