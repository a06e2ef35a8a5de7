#include "v4_replicated_kv/api/resp/command_reader.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "v4_replicated_kv/api/resp/inline_words.hpp"

namespace kv::resp {

namespace {

// A whole line as a number, or nothing.
std::optional<std::int64_t> number_of(std::string_view line) {
  std::int64_t number = 0;
  const auto [stopped, error] = std::from_chars(line.begin(), line.end(), number);
  if (error != std::errc{} || stopped != line.end()) return std::nullopt;
  return number;
}

}  // namespace

bool CommandReader::take_line(std::string_view bytes, std::string_view& line) {
  const std::size_t from = std::max(at_, looked_at_);
  const std::size_t end = bytes.find('\n', from);
  if (end == std::string_view::npos) {
    looked_at_ = bytes.size();
    return false;
  }
  std::size_t size = end - at_;
  if (size > 0 && bytes[end - 1] == '\r') --size;
  line = bytes.substr(at_, size);
  at_ = looked_at_ = end + 1;
  return true;
}

CommandReader::Step CommandReader::broken(std::string what) {
  what_ = std::move(what);
  return Step::broken;
}

CommandReader::Step CommandReader::wait(std::string_view bytes, const char* too_long) {
  if (bytes.size() - at_ > limits_.line_bytes) return broken(too_long);
  return Step::more;
}

CommandReader::Step CommandReader::next(std::string_view bytes) {
  if (bytes.empty()) return Step::more;
  const Step step = has_begun_ ? take_arguments(bytes) : begin(bytes);
  if (step != Step::more || bytes.size() <= limits_.bytes) return step;
  return broken("Protocol error: too big a command: it has at most " +
                std::to_string(limits_.bytes) + " bytes");
}

CommandReader::Step CommandReader::begin(std::string_view bytes) {
  std::string_view line;
  if (bytes.front() != '*') {
    if (!take_line(bytes, line))
      return wait(bytes, "Protocol error: too big inline request");
    return take_words(line);
  }
  if (!take_line(bytes, line))
    return wait(bytes, "Protocol error: too big mbulk count string");
  const auto count = number_of(line.substr(1));
  if (!count || *count > static_cast<std::int64_t>(limits_.arguments)) {
    return broken("Protocol error: invalid multibulk length: a command has at most " +
                  std::to_string(limits_.arguments) + " arguments");
  }
  wanted_ = static_cast<std::size_t>(std::max<std::int64_t>(*count, 0));
  has_begun_ = true;
  return take_arguments(bytes);
}

CommandReader::Step CommandReader::take_arguments(std::string_view bytes) {
  while (wanted_ > 0) {
    if (!has_size_) {
      std::string_view line;
      if (at_ < bytes.size() && bytes[at_] != '$') {
        const char got = bytes[at_] >= ' ' && bytes[at_] <= '~' ? bytes[at_] : '?';
        return broken(std::string("Protocol error: expected '$', got '") + got + "'");
      }
      if (!take_line(bytes, line)) {
        return wait(bytes, "Protocol error: too big bulk count string");
      }
      const auto size = number_of(line.substr(1));
      const auto max = static_cast<std::int64_t>(limits_.argument_bytes);
      if (!size || *size < 0 || *size > max) {
        return broken("Protocol error: invalid bulk length: an argument has at most " +
                      std::to_string(limits_.argument_bytes) + " bytes");
      }
      size_ = static_cast<std::size_t>(*size);
      has_size_ = true;
    }
    if (bytes.size() - at_ < size_ + 2) return Step::more;
    if (bytes[at_ + size_] != '\r' || bytes[at_ + size_ + 1] != '\n') {
      return broken("Protocol error: a string is longer than it says");
    }
    pieces_.push_back({.at = at_, .size = size_});
    at_ += size_ + 2;
    looked_at_ = at_;
    has_size_ = false;
    --wanted_;
  }
  return finish(bytes);
}

CommandReader::Step CommandReader::take_words(std::string_view line) {
  auto words = words_of(line);
  if (!words) return broken("Protocol error: unbalanced quotes in request");
  if (words->size() > limits_.arguments) return broken("Protocol error: too many words");
  words_ = *std::move(words);
  arguments_.assign(words_.begin(), words_.end());
  read_ = std::exchange(at_, 0);
  looked_at_ = 0;
  return Step::command;
}

CommandReader::Step CommandReader::finish(std::string_view bytes) {
  arguments_.clear();
  for (const Piece& piece : pieces_) {
    arguments_.push_back(bytes.substr(piece.at, piece.size));
  }
  pieces_.clear();
  has_begun_ = false;
  read_ = std::exchange(at_, 0);
  looked_at_ = 0;
  return Step::command;
}

}  // namespace kv::resp
