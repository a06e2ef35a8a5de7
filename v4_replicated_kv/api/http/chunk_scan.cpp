#include "v4_replicated_kv/api/http/chunk_scan.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "v4_replicated_kv/api/http/head_scan.hpp"
#include "v4_replicated_kv/api/http/words.hpp"

namespace kv::http {

namespace {

// Nothing for what is no hexadecimal digit.
std::optional<std::uint64_t> digit_of(char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto at = kDigits.find(lower(c));
  if (at == kDigits.npos) return std::nullopt;
  return at;
}

Refusal long_trailers() {
  return {431, "too_large",
          fmt::format("the trailers are over {} bytes, or more than {}", kFieldBytesMax,
                      kFieldsMax)};
}

}  // namespace

std::size_t ChunkScan::look(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size() && part_ != Part::end) {
    if (part_ == Part::data) {
      const std::uint64_t count = std::min<std::uint64_t>(size_, bytes.size() - at);
      at += count;
      size_ -= count;
      if (size_ == 0) part_ = Part::data_end;
      continue;
    }
    take(bytes[at]);
    if (refusal_) break;
    ++at;
    const bool is_whole = part_ == Part::data || part_ == Part::end;
    held_ = is_whole ? 0 : held_ + 1;
  }
  return at;
}

void ChunkScan::take(char c) {
  ++line_bytes_;
  if (part_ == Part::trailers) ++trailer_bytes_;
  if (auto over = over_limit()) return refuse_with(*std::move(over));
  if (after_cr_) {
    if (c != '\n') {
      return refuse_with(
          {.why = "in a body in chunks, a carriage return alone ends no line"});
    }
    return line_ended();
  }
  if (c == '\n') {
    return refuse_with({.why = "in a body in chunks, a line feed alone ends no line"});
  }
  after_cr_ = c == '\r';
  if (!after_cr_) take_of_line(c);
}

void ChunkScan::take_of_line(char c) {
  if (part_ == Part::data_end) {
    return refuse_with({.why = "a chunk does not end where its size says"});
  }
  if (part_ == Part::line && !is_size_said_) take_of_size(c);
}

void ChunkScan::take_of_size(char c) {
  const auto digit = digit_of(c);
  is_size_said_ = !digit;
  if (is_size_said_) {
    if (has_digits_ && std::string_view("; \t").contains(c)) return;
    return refuse_with({.why = "a chunk begins with its size, in hexadecimal digits"});
  }
  if (size_ >> 60U != 0) return refuse_with({.why = "a chunk's size is no number"});
  size_ = (size_ << 4U) | *digit;
  has_digits_ = true;
}

void ChunkScan::line_ended() {
  const bool is_empty = line_bytes_ == 2;
  line_bytes_ = 0;
  after_cr_ = false;
  switch (part_) {
    case Part::line:
      if (!has_digits_) return refuse_with({.why = "a chunk begins with its size"});
      part_ = size_ == 0 ? Part::trailers : Part::data;
      is_size_said_ = has_digits_ = false;
      return;
    case Part::data_end:
      part_ = Part::line;
      return;
    case Part::trailers:
      if (is_empty) part_ = Part::end;
      if (!is_empty && ++trailers_ > kFieldsMax) refuse_with(long_trailers());
      return;
    case Part::data:
    case Part::end:
      return;
  }
}

std::optional<Refusal> ChunkScan::over_limit() const {
  if (part_ == Part::line && line_bytes_ > kChunkLineMax) {
    return Refusal{
        .why = fmt::format("the line before a chunk is over {} bytes", kChunkLineMax)};
  }
  if (trailer_bytes_ > kFieldBytesMax) return long_trailers();
  return std::nullopt;
}

}  // namespace kv::http
