#include "v4_replicated_kv/wire/field_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "common/base/check.hpp"
#include "v4_replicated_kv/versioning/history_bytes.hpp"
#include "v4_replicated_kv/versioning/state_bytes.hpp"
#include "v4_replicated_kv/versioning/version_bytes.hpp"
#include "v4_replicated_kv/wire/varint.hpp"

namespace kv {

namespace {

// What a code is called on the wire: its place in this list, which only grows at its end.
constexpr std::array kCodes{Errc::bad_usage, Errc::not_found,     Errc::io,
                            Errc::bad_input, Errc::out_of_memory, Errc::corrupt,
                            Errc::disk_full, Errc::locked,        Errc::too_large,
                            Errc::conflict,  Errc::stopped};

std::uint8_t number_of(Errc code) {
  const auto* const found = std::ranges::find(kCodes, code);
  KV_CHECK(found != kCodes.end(), "every code has a number on the wire");
  return static_cast<std::uint8_t>(found - kCodes.begin());
}

}  // namespace

void FieldReader::refuse(std::size_t at, const char* what) {
  if (!ok()) return;
  what_ = what;
  failed_at_ = at;
}

Error FieldReader::failure() const {
  return {.code = Errc::corrupt,
          .detail = fmt::format("peer message: at byte {} is not {} that this version "
                                "reads; close the connection",
                                failed_at_, what_)};
}

std::uint8_t FieldReader::byte(std::uint8_t max, const char* what) {
  const std::size_t at = offset();
  const auto number = reader_.number<std::uint8_t>();
  if (!reader_.ok() || number > max) refuse(at, what);
  return ok() ? number : std::uint8_t{0};
}

std::uint64_t FieldReader::number(std::uint64_t max, const char* what) {
  const std::size_t at = offset();
  const auto number = read_varint(reader_);
  if (!number || *number > max) refuse(at, what);
  return ok() ? *number : 0;
}

std::uint64_t FieldReader::fixed(const char* what) {
  const std::size_t at = offset();
  const auto number = reader_.number<std::uint64_t>();
  if (!reader_.ok()) refuse(at, what);
  return ok() ? number : 0;
}

std::string FieldReader::text(std::size_t min, std::size_t max, const char* what) {
  const std::size_t at = offset();
  const std::uint64_t length = number(std::min(max, reader_.left()), what);
  if (length < min) refuse(at, what);
  if (!ok()) return {};
  const std::string_view taken = reader_.take(length);
  if (!reader_.ok()) refuse(at, what);
  return std::string(taken);
}

Version FieldReader::version() {
  const std::size_t at = offset();
  auto version = read_version(reader_);
  if (!version) refuse(at, "a version");
  return ok() ? *std::move(version) : Version{};
}

History FieldReader::history() {
  const std::size_t at = offset();
  auto history = read_history(reader_);
  if (!history || history->size() > kHistoryEntriesMax) refuse(at, "a history");
  return ok() ? *std::move(history) : History{};
}

KeyState FieldReader::state(Policy policy) {
  const std::size_t at = offset();
  const std::string_view bytes = reader_.take(reader_.number<std::uint32_t>());
  auto state = parse_state(policy, bytes);
  if (!state) refuse(at, "a state of this policy");
  return ok() ? *std::move(state) : KeyState{};
}

Error FieldReader::error() {
  Error error{.code = kCodes[byte(kCodes.size() - 1, "an error's code")], .detail = {}};
  error.detail = text(0, kDetailBytesMax, "an error's sentence");
  return error;
}

std::size_t FieldReader::count(std::size_t bytes_min, const char* what) {
  return static_cast<std::size_t>(number(reader_.left() / bytes_min, what));
}

void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out += text;
}

// The length in four bytes, as it is known only after the state.
void append_sized_state(std::string& out, Policy policy, const KeyState& state) {
  const std::size_t begin = out.size();
  append_le(out, std::uint32_t{0});
  append_state(out, policy, state);
  const std::size_t bytes = out.size() - begin - sizeof(std::uint32_t);
  store_le(out.data() + begin, static_cast<std::uint32_t>(bytes));
}

void append_error(std::string& out, const Error& error) {
  out += static_cast<char>(number_of(error.code));
  append_text(out, std::string_view(error.detail).substr(0, kDetailBytesMax));
}

}  // namespace kv
