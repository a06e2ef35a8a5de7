// What a client has seen, as a token that it keeps and hands back without looking inside.
//
//   0      1      2                10
//   +------+------+----------------+-------------+----------+
//   | 0x4D | form | hash of key    | history     | CRC32C   |     little-endian
//   +------+------+----------------+-------------+----------+
//     u8     u8     u64              history_bytes  u32, of all before it
//
// and that as base64url text.
//
// Why       the hash of the key: an actor's numbers run over all its keys, so a context
//           of another key covers much of this one, and a put with it would erase unseen.
// Breaks if  the token is trusted. The checksum finds damage, not intent: what it says is
//           checked again against what can be (admission.hpp).
// Left out  a signature; who needs one signs the text. Sessions: a token is of one key.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/base/strong.hpp"
#include "v4_replicated_kv/versioning/history.hpp"

namespace kv {

// A token of kHistoryEntriesMax entries: the longest there is, some 22 KB, in letters.
inline constexpr std::size_t kContextBytesMax =
    1 + 1 + 8 + 4 + 4 + 16 * kHistoryEntriesMax + 4;
inline constexpr std::size_t kContextLettersMax = (kContextBytesMax * 4 + 2) / 3;

// `key` is the cluster's hash of the key that the history is of. Errc::too_large past
// kHistoryEntriesMax.
[[nodiscard]] Result<std::string> context_text(const History& history, KeyHash key);

// The history that `text` stands for. The empty text is that of who has seen nothing.
// Errc::bad_usage for everything that context_text does not make for that key. Allocates
// no more than the text is long, and nothing past kContextLettersMax.
[[nodiscard]] Result<History> parse_context(std::string_view text, KeyHash key);

}  // namespace kv
