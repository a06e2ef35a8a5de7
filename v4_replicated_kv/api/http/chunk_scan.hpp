// A look at what is around the chunks of a body before anybody acts on it: its limits.
//
//   1F;extension CR LF  data CR LF  ...  0 CR LF  trailer CR LF  ...  CR LF
//   '------ line -----'                  '-line-' '------ trailers ------'
//
// Idea      one byte after the other, so a limit is where it is said to be, however the bytes
//           were cut. The library behind this knows none, and sees what was let through here:
//           lines that are whole, and what ends a body in one piece.
// Breaks if  this and the library disagree on where a chunk ends. So a line ends in CR LF here
//            as well, and nothing else ends one.
// Source    RFC 9112, section 7.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "v4_replicated_kv/api/http/refusal.hpp"

namespace kv::http {

// Of the line before a chunk, with its end. Trailers may be as long, and as many, as headers.
inline constexpr std::size_t kChunkLineMax = std::size_t{4} << 10;

// Of one body after the other; begin each with reset(). Not thread-safe.
class ChunkScan {
 public:
  // `bytes` come behind those of the last call. How many of them are right: all, unless the
  // body ends before, or the next one is refused.
  [[nodiscard]] std::size_t look(std::string_view bytes);

  // Of those, the last ones that nobody should read yet: what they begin is not whole.
  [[nodiscard]] std::size_t held() const { return held_; }

  // Of the byte that look() stopped at.
  [[nodiscard]] const std::optional<Refusal>& refusal() const { return refusal_; }

  void reset() { *this = ChunkScan{}; }

 private:
  enum class Part : std::uint8_t { line, data, data_end, trailers, end };

  void take(char c);
  void take_of_line(char c);
  void take_of_size(char c);
  void line_ended();
  void refuse_with(Refusal why) { refusal_ = std::move(why); }
  [[nodiscard]] std::optional<Refusal> over_limit() const;

  Part part_ = Part::line;
  std::uint64_t size_ = 0;     // that the line says, and then what is left of the chunk
  bool is_size_said_ = false;  // in full
  bool has_digits_ = false;
  bool after_cr_ = false;
  std::size_t held_ = 0;
  std::size_t line_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::size_t trailers_ = 0;
  std::optional<Refusal> refusal_{};
};

}  // namespace kv::http
