// Configuration files, and the words of a command line.
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.hpp"
#include "v4_replicated_kv/configuration/given.hpp"
#include "v4_replicated_kv/configuration/keys.hpp"
#include "v4_replicated_kv/configuration/read_settings.hpp"
#include "v4_replicated_kv/configuration/yaml_file.hpp"

using namespace kv;

namespace {

void check_sentence(const Error& error) {
  KV_CHECK(error.detail.find('\n') == std::string::npos, "an error is one line");
}

// What was taken can be written down, and is then taken for the same.
void check_again(const Settings& settings) {
  Settings again;
  for (const Key& key : all_keys()) {
    KV_CHECK(key.set(again, key.show(settings)), "what is shown can be typed");
    KV_CHECK(key.show(again) == key.show(settings), "and means the same");
  }
}

void read_file(std::string_view text) {
  const auto given = read_yaml(text, "f");
  if (!given) return check_sentence(given.error());
  Settings settings;
  const auto done = apply(*given, Errc::bad_input, settings);
  if (!done) return check_sentence(done.error());
  check_again(settings);
}

// A word a line. A file of the machine is none of the fuzzer's business.
void read_flags(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const auto word = text.substr(0, text.find('\n'));
    if (word.starts_with("--config")) return;
    words.push_back(word);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  const auto settings = read_settings(words);
  if (!settings) return check_sentence(settings.error());
  if (*settings) check_again(**settings);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input = fuzz::text(data, size);
  if (fuzz::choice(input) % 2 == 0) {
    read_file(input);
  } else {
    read_flags(input);
  }
  return 0;
}
