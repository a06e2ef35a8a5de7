// A look at a request's head before anybody acts on it: its limits, and whether all would
// read it alike.
//
// Idea      where two readers of the same bytes can disagree on where a request ends, what one
//           takes for a body is a request to the other. So whatever leaves room for that is
//           refused, and the connection ends; the library behind this is kinder.
// Breaks if  only complete heads are looked at. A line that cannot become a right one is
//            refused when it is seen, not when its sender gets tired.
// Source    RFC 9112, sections 2.2, 3, 5 and 6.3.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "v4_replicated_kv/api/http/refusal.hpp"

namespace kv::http {

inline constexpr std::size_t kRequestLineMax = std::size_t{16} << 10;
inline constexpr std::size_t kFieldBytesMax = std::size_t{32} << 10;
inline constexpr std::size_t kFieldsMax = 200;

// Of one head after the other; begin each with reset(). Not thread-safe.
class HeadScan {
 public:
  // `bytes` begin where the head does: what was shown before, and what has come since. False
  // as long as the head has no end; refused once is refused.
  [[nodiscard]] OrRefused<bool> look(std::string_view bytes);

  // Of a head that has an end: without the empty line that may come before it, and with the
  // one after it.
  [[nodiscard]] std::size_t begin() const { return begin_; }
  [[nodiscard]] std::size_t end() const { return at_; }

  void reset() { *this = HeadScan{}; }

 private:
  enum class Single : std::size_t { host, length, encoding, type, context, id, origin };
  static constexpr std::size_t kSingles = 7;

  [[nodiscard]] OrRefused<void> line(std::string_view line);
  [[nodiscard]] OrRefused<void> request_line(std::string_view line);
  [[nodiscard]] OrRefused<void> field(std::string_view line);
  [[nodiscard]] OrRefused<void> single(Single which, std::string_view value);
  [[nodiscard]] OrRefused<void> whole() const;
  [[nodiscard]] std::optional<Refusal> over_limit() const;
  [[nodiscard]] bool has(Single which) const {
    return seen_[static_cast<std::size_t>(which)];
  }

  std::size_t begin_ = 0;   // of the request line
  std::size_t at_ = 0;      // of the line that is being read
  std::size_t looked_ = 0;  // at all before this
  std::size_t fields_at_ = 0;
  std::size_t fields_ = 0;
  bool has_request_line_ = false;
  bool is_1_1_ = false;
  bool is_whole_ = false;
  std::array<bool, kSingles> seen_{};
};

}  // namespace kv::http
