#include "v4_replicated_kv/wal/import.hpp"

#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/wal/line.hpp"

namespace kv {

namespace {

// So much is put before one sync makes all of it durable.
constexpr std::size_t kBytesASync = std::size_t{16} << 20;

// Splits what is read into lines, none longer than there can be.
class Lines {
 public:
  explicit Lines(const ReadText& read) : read_(read) {}

  // The next line without its newline; nothing at the end. The one that an error is about
  // has the number().
  Result<std::optional<std::string_view>> next() {
    text_.erase(0, std::exchange(taken_, 0));
    ++number_;
    std::size_t searched = 0;
    for (;;) {
      const std::size_t newline = text_.find('\n', searched);
      if (newline != std::string::npos) {
        taken_ = newline + 1;
        if (newline > kLogLineBytesMax) return too_long();
        return std::string_view(text_).substr(0, newline);
      }
      if (text_.size() > kLogLineBytesMax) return too_long();
      searched = text_.size();
      if (auto read = read_(kStepBytes, text_); !read) {
        return std::unexpected(read.error());
      }
      if (text_.size() > searched) continue;
      if (text_.empty()) return std::nullopt;
      return fail(Errc::bad_input, "is cut short: it does not end in a newline");
    }
  }

  [[nodiscard]] std::uint64_t number() const { return number_; }

 private:
  static std::unexpected<Error> too_long() {
    return fail(Errc::bad_input,
                fmt::format("is longer than {} bytes", kLogLineBytesMax));
  }

  static constexpr std::size_t kStepBytes = std::size_t{64} << 10;
  const ReadText& read_;
  std::string text_;
  std::size_t taken_ = 0;
  std::uint64_t number_ = 0;
};

class Import {
 public:
  Import(Store& store, WallMs now) : store_(store), now_(now) {}

  // False at the end of the lines.
  Result<bool> take_one(Lines& lines) {
    const auto text = lines.next();
    if (!text) return std::unexpected(text.error());
    if (!*text) return false;
    if (is_remark(**text)) return true;
    const auto line = parse_log_line(**text);
    if (!line) return std::unexpected(line.error());
    if (auto applied = apply(*line); !applied) return std::unexpected(applied.error());
    unsynced_ += (*text)->size();
    if (unsynced_ < kBytesASync) return true;
    if (auto synced = sync(); !synced) return std::unexpected(synced.error());
    return true;
  }

  Result<void> sync() {
    if (auto synced = store_.sync(); !synced) return synced;
    unsynced_ = 0;
    durable_ = put_;
    return {};
  }

  [[nodiscard]] const Imported& durable() const { return durable_; }

 private:
  Result<void> apply(const LogLine& line) {
    const bool is_over = line.expires.raw() != 0 && line.expires <= now_;
    WriteOptions how{.sync = SyncPolicy::never, .ttl = {}};
    if (!line.is_set || is_over) {
      if (auto erased = store_.erase(line.key, how); !erased) return erased;
      ++put_.deletes;
    } else {
      if (line.expires.raw() != 0) {
        how.ttl = std::chrono::milliseconds(line.expires.raw() - now_.raw());
      }
      if (auto put = store_.put(line.key, line.value, how); !put) return put;
      ++put_.sets;
    }
    ++put_.lines;
    return {};
  }

  Store& store_;
  WallMs now_;
  std::size_t unsynced_ = 0;  // bytes of text
  Imported put_;
  Imported durable_;
};

}  // namespace

Imported import_lines(Store& store, WallMs now, const ReadText& read) {
  Lines lines(read);
  Import import(store, now);
  auto more = import.take_one(lines);
  while (more && *more) more = import.take_one(lines);
  // Whatever ended it: what was put before is to last.
  const auto synced = import.sync();
  Imported done = import.durable();
  if (!more) {
    done.error = Error{more.error().code,
                       fmt::format("line {}: {}", lines.number(), more.error().detail)};
  } else if (!synced) {
    done.error = synced.error();
  }
  return done;
}

}  // namespace kv
