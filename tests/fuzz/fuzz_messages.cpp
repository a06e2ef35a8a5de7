// Messages between nodes, states of keys and greetings, without the frames around them.
#include <string>

#include "tests/fuzz/fuzz.hpp"
#include "v4_replicated_kv/versioning/state_bytes.hpp"
#include "v4_replicated_kv/wire/greeting.hpp"
#include "v4_replicated_kv/wire/message_bytes.hpp"

using namespace kv;

namespace {

void read_messages(Policy policy, std::string_view input) {
  MessageReader reader(policy, input);
  Message message;
  std::string again;
  for (;;) {
    const auto more = reader.next(message);
    if (!more) {
      KV_CHECK(more.error().code == Errc::corrupt, "bad bytes are damage");
      return;
    }
    if (!*more) break;
    KV_CHECK(append_message(again, policy, message).has_value(), "what is read is sound");
  }
  KV_CHECK(again == input, "a message has one spelling");
}

void read_state(Policy policy, std::string_view input) {
  const auto state = parse_state(policy, input);
  if (!state) return;
  KV_CHECK(is_sound(policy, *state), "what is read is sound");
  KV_CHECK(state_bytes(policy, *state) == input, "a state has one spelling");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  const std::uint8_t choice = fuzz::choice(input);
  const Policy policy = (choice & 1U) != 0 ? Policy::siblings : Policy::last_write_wins;
  if (choice / 2 == 0) {
    read_messages(policy, input);
  } else if (choice / 2 == 1) {
    read_state(policy, input);
  } else if (const auto greeting = parse_greeting(input)) {
    KV_CHECK(greeting_bytes(*greeting) == input, "a greeting has one spelling");
  }
  return 0;
}
