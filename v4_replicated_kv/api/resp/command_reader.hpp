// Commands as Redis' clients write them, out of bytes that come in pieces of any size.
//
//   *2\r\n $3\r\nGET\r\n $4\r\ncart\r\n        an array of so many strings, each with its length
//   GET cart\r\n                               the same by hand (inline_words.hpp)
//
// Idea      what was understood of a command that is not all there yet is kept as offsets, so
//           each byte is looked at once, however it comes, and whoever has the bytes may move
//           them.
// Breaks if  a length is believed before it is held against its limit: nothing is allocated
//            for what is only announced.
// Source    "Redis serialization protocol specification", RESP2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "v4_replicated_kv/types.hpp"

namespace kv::resp {

// What a command may have at most, together and each.
struct CommandLimits {
  std::size_t arguments = 4096;
  std::size_t argument_bytes = kValueBytesMax;
  std::size_t bytes = std::size_t{40} << 20;  // two values, and what belongs to them
  std::size_t line_bytes = std::size_t{16} << 10;
};

class CommandReader {
 public:
  explicit CommandReader(const CommandLimits& limits = {}) : limits_(limits) {}

  enum class Step : std::uint8_t {
    command,  // arguments() and bytes_read() are its own; none for an empty line
    more,     // call again with the same bytes and some behind them
    broken,   // what() says why; nothing that follows can be understood
  };
  // `bytes` begin where the last command ended.
  [[nodiscard]] Step next(std::string_view bytes);

  // They live as long as the bytes do, and until the next call.
  [[nodiscard]] std::span<const std::string_view> arguments() const { return arguments_; }
  [[nodiscard]] std::size_t bytes_read() const { return read_; }
  // For the client, in Redis' words where it has some.
  [[nodiscard]] const std::string& what() const { return what_; }

 private:
  struct Piece {
    std::size_t at;
    std::size_t size;
  };

  // A line without its end, from `at_` on; false where that is not there yet.
  [[nodiscard]] bool take_line(std::string_view bytes, std::string_view& line);
  [[nodiscard]] Step begin(std::string_view bytes);
  [[nodiscard]] Step take_arguments(std::string_view bytes);
  [[nodiscard]] Step take_words(std::string_view line);
  [[nodiscard]] Step finish(std::string_view bytes);
  [[nodiscard]] Step broken(std::string what);
  // What to say of a line that does not end.
  [[nodiscard]] Step wait(std::string_view bytes, const char* too_long);

  CommandLimits limits_;
  std::size_t at_ = 0;         // what lies before is understood
  std::size_t looked_at_ = 0;  // no line ends before this
  std::size_t wanted_ = 0;     // arguments that are still to come,
  bool has_begun_ = false;     // of an array
  bool has_size_ = false;      // and the next one's size is known:
  std::size_t size_ = 0;
  std::vector<Piece> pieces_;
  std::vector<std::string> words_;  // of a line: quotes make them other than what came
  std::vector<std::string_view> arguments_;
  std::size_t read_ = 0;
  std::string what_;
};

}  // namespace kv::resp
