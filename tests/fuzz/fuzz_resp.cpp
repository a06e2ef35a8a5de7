// Commands of Redis' clients: bytes of anybody, cut anywhere.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/check.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "v4_replicated_kv/api/resp/command_reader.hpp"
#include "v4_replicated_kv/api/resp/order.hpp"

using namespace kv;
using namespace kv::resp;

namespace {

struct Read {
  std::vector<std::vector<std::string>> commands;
  bool is_broken = false;
  std::size_t left = 0;
};

constexpr CommandLimits kLimits{
    .arguments = 64, .argument_bytes = 4096, .bytes = 16384, .line_bytes = 64};

// As if it came in pieces of so many bytes.
Read read_all(std::string_view bytes, std::size_t piece) {
  Read read;
  CommandReader reader(kLimits);
  std::string held;
  while (!bytes.empty()) {
    const auto next = bytes.substr(0, piece);
    held += next;
    bytes.remove_prefix(next.size());
    for (;;) {
      const auto step = reader.next(held);
      if (step == CommandReader::Step::more) break;
      if (step == CommandReader::Step::broken) {
        KV_CHECK(!reader.what().empty(), "who is cut off is told why");
        read.is_broken = true;
        return read;
      }
      KV_CHECK(reader.bytes_read() <= held.size(), "what was read was there");
      auto& words = read.commands.emplace_back();
      for (const std::string_view word : reader.arguments()) words.emplace_back(word);
      if (!words.empty()) {
        const Order order = order_of(reader.arguments());
        // Who begins as a browser would is let go without a word.
        const bool is_let_go = order.closes && order.text.empty();
        const bool has_answer =
            order.shape != Shape::text || order.text.ends_with("\r\n");
        KV_CHECK(has_answer || is_let_go, "every command has an answer");
      }
      held.erase(0, reader.bytes_read());
    }
  }
  read.left = held.size();
  return read;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  const std::size_t piece = 1 + fuzz::choice(input) % 17;
  const Read whole = read_all(input, input.size());
  const Read pieces = read_all(input, piece);
  // What is too long is noticed before it ends only where it comes in pieces. What came out
  // before that is the same.
  const auto& fewer = pieces.is_broken ? pieces.commands : whole.commands;
  const auto& more = pieces.is_broken ? whole.commands : pieces.commands;
  const bool is_prefix =
      fewer.size() <= more.size() && std::equal(fewer.begin(), fewer.end(), more.begin());
  KV_CHECK(is_prefix, "cuts change nothing");
  if (whole.is_broken || pieces.is_broken) return 0;
  KV_CHECK(more == fewer && whole.left == pieces.left, "cuts change nothing");
  return 0;
}
