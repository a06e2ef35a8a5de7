// Reads a message field by field, and remembers what was wrong first, and where.
//
// Idea      every read answers something, and after the first that failed all answer nothing:
//           the code that reads a message is a list of its fields, with one question at the
//           end.
// Breaks if  a length is believed before it is held against its limit and what is left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.hpp"
#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/versioning/key_state.hpp"

namespace kv {

class FieldReader {
 public:
  // Keeps no copy of the bytes.
  explicit FieldReader(std::string_view bytes) : bytes_(bytes), reader_(bytes) {}

  // A number in one byte, up to `max`.
  [[nodiscard]] std::uint8_t byte(std::uint8_t max, const char* what);
  // A number whose bytes are counted by its size, up to `max`.
  [[nodiscard]] std::uint64_t number(std::uint64_t max, const char* what);
  // The same where 32 bits are all it may have.
  [[nodiscard]] std::uint32_t number32(const char* what) {
    return static_cast<std::uint32_t>(
        number(std::numeric_limits<std::uint32_t>::max(), what));
  }
  // A number in eight bytes: for those that are mostly large.
  [[nodiscard]] std::uint64_t fixed(const char* what);
  // A length and so many bytes.
  [[nodiscard]] std::string text(std::size_t min, std::size_t max, const char* what);

  [[nodiscard]] std::string key() { return text(1, kKeyBytesMax, "a key"); }
  [[nodiscard]] Version version();
  [[nodiscard]] History history();
  [[nodiscard]] KeyState state(Policy policy);
  [[nodiscard]] Error error();

  // How many of what takes at least `bytes_min` each follow.
  [[nodiscard]] std::size_t count(std::size_t bytes_min, const char* what);

  // Says that what began at `at` is not what it should be, unless something was wrong before.
  void refuse(std::size_t at, const char* what);

  [[nodiscard]] bool ok() const { return what_ == nullptr; }
  [[nodiscard]] bool at_end() const { return ok() && reader_.left() == 0; }
  [[nodiscard]] std::size_t offset() const { return bytes_.size() - reader_.left(); }

  // What was wrong.
  [[nodiscard]] Error failure() const;

 private:
  std::string_view bytes_;
  ByteReader reader_;
  const char* what_ = nullptr;
  std::size_t failed_at_ = 0;
};

// What the reader reads, written.
void append_text(std::string& out, std::string_view text);
void append_sized_state(std::string& out, Policy policy, const KeyState& state);
void append_error(std::string& out, const Error& error);

// A sentence for people is cut to so many bytes on its way.
inline constexpr std::size_t kDetailBytesMax = 1024;

}  // namespace kv
