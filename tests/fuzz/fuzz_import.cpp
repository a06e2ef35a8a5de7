// Lines that `wal import` reads.
#include <string>

#include "tests/fuzz/fuzz.hpp"
#include "v4_replicated_kv/storage/record.hpp"
#include "v4_replicated_kv/wal/line.hpp"

using namespace kv;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line = fuzz::text(data, size);
  if (is_remark(line)) return 0;
  const auto read = parse_log_line(line);
  if (!read) {
    KV_CHECK(read.error().code == Errc::bad_input, "a bad line is the file's");
    return 0;
  }
  KV_CHECK(!read->key.empty() && read->key.size() <= kKeyBytesMax, "a key has limits");
  KV_CHECK(read->value.size() <= kValueBytesMax, "a value has a limit");
  const Record record{.kind = read->is_set ? RecordKind::value : RecordKind::tombstone,
                      .expires = read->expires,
                      .key = read->key};
  std::string written;
  append_log_line(written, record, read->value);
  written.pop_back();  // the newline
  KV_CHECK(written.size() <= line.size(), "who writes a key with more %XX writes more");
  const auto again = parse_log_line(written);
  KV_CHECK(again && again->is_set == read->is_set && again->key == read->key &&
               again->value == read->value,
           "a line comes back as it went");
  return 0;
}
