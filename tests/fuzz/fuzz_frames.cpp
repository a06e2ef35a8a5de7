// A connection: frames as they come, the first words, pieces, and the messages in them.
#include <algorithm>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.hpp"
#include "v4_replicated_kv/wire/handshake.hpp"
#include "v4_replicated_kv/wire/message_bytes.hpp"
#include "v4_replicated_kv/wire/pieces.hpp"

using namespace kv;

namespace {

constexpr Policy kPolicy = Policy::siblings;

// The input as frames with right checksums: kind, channel, length in two bytes, body;
// again. The first pieces are full: what the input has of them, and zeros.
std::string framed(std::string_view input) {
  std::string frames;
  int full = 2;
  while (input.size() > 4) {
    const auto kind = static_cast<FrameKind>(1 + fuzz::choice(input) % 6);
    const auto channel = static_cast<Channel>(1 + fuzz::choice(input) % 3);
    std::size_t length = fuzz::choice(input) * 256U;
    length = std::min<std::size_t>(length + fuzz::choice(input), input.size());
    std::string body(input.substr(0, length));
    if (kind == FrameKind::piece && full-- > 0) body.resize(kFrameBodyMax);
    if (!body.empty()) {
      append_frame(frames, {.kind = kind, .channel = channel, .body = body});
    }
    input.remove_prefix(length);
  }
  return frames;
}

// What a connection makes of the bytes, in portions: all that can be told apart outside.
std::vector<std::string> heard(std::string_view bytes, std::size_t portion) {
  std::vector<std::string> heard;
  FrameParser parser;
  PieceJoiner joiner;
  Handshake handshake(Handshake::Side::listens, {.cluster = ClusterId{1}}, "secret");
  bool is_open = true;
  while (is_open && !bytes.empty()) {
    const std::size_t taken = std::min(portion, bytes.size());
    parser.feed(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    for (;;) {
      const auto frame = parser.next();
      is_open = frame.has_value();
      if (!frame) heard.push_back(frame.error().detail);
      if (!frame || !*frame) break;
      KV_CHECK(!(*frame)->body.empty() && (*frame)->body.size() <= kFrameBodyMax,
               "a body within its limits");
      heard.emplace_back((*frame)->body);
      if (!handshake.is_done()) {
        const auto answer = handshake.take(**frame);
        heard.push_back(answer ? *answer : answer.error().detail);
      }
      const auto batch = joiner.take(**frame);
      if (!batch || !*batch) continue;
      MessageReader reader(kPolicy, **batch);
      for (Message message; reader.next(message).value_or(false);) {
        heard.push_back(std::to_string(message.body.index()));
      }
    }
    KV_CHECK(parser.waiting() <= kFrameHeaderBytes + kFrameBodyMax + portion,
             "a parser holds a frame at most, and what came");
  }
  KV_CHECK(!handshake.is_done(), "nobody guesses a proof");
  return heard;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  const std::uint8_t choice = fuzz::choice(input);
  const std::string bytes = (choice & 1U) != 0 ? framed(input) : std::string(input);
  const std::size_t portion = bytes.size() > 10'000 ? 1000 + choice : 1 + choice / 2U;
  KV_CHECK(heard(bytes, bytes.size() + 1) == heard(bytes, portion),
           "in whatever portions bytes come, they say the same");
  return 0;
}
