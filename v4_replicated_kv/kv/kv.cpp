#include "v4_replicated_kv/kv/kv.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/command_line/exit_status.hpp"
#include "common/command_line/output.hpp"
#include "v4_replicated_kv/kv/batch.hpp"
#include "v4_replicated_kv/kv/kv_print.hpp"
#include "v4_replicated_kv/kv/kv_words.hpp"
#include "v4_replicated_kv/types.hpp"
#include "v4_replicated_kv/wal/line.hpp"

namespace kv {

namespace {

constexpr std::string_view kName = "v4_replicated_kv kv";
constexpr int kFailed = 1;
constexpr int kUnknown = 3;

Result<int> print(std::string_view text, int status = 0) {
  if (auto written = write_output(text); !written) {
    return std::unexpected(written.error());
  }
  return status;
}

Result<int> tell(const KvWords& words, const Failure& failure) {
  const int status = failure.is_unknown ? kUnknown : kFailed;
  if (words.json) return print(failure_json(failure), status);
  (void)report_error(kName, {Errc::io, failure_text(failure)});
  return status;
}

// All of standard input; one byte more than fits is enough to know that it is too long.
Result<std::string> value_from_input() {
  std::string value(kValueBytesMax + 1, '\0');
  value.resize(std::fread(value.data(), 1, value.size(), stdin));
  if (std::ferror(stdin) != 0) {
    return fail(Errc::io, fmt::format("standard input: cannot be read: {}",
                                      std::generic_category().message(errno)));
  }
  if (value.size() > kValueBytesMax) {
    return fail(
        Errc::too_large,
        fmt::format("standard input: a value has at most {} bytes", kValueBytesMax));
  }
  return value;
}

Result<int> run_put(const KvWords& words, Client& client) {
  std::string value = words.value;
  if (value == "-") {
    auto read = value_from_input();
    if (!read) return std::unexpected(read.error());
    value = *std::move(read);
  }
  const auto put = client.put(words.key, value,
                              {.asked = words.asked,
                               .context = words.context,
                               .ttl_s = words.ttl_s,
                               .request_id = words.request_id});
  if (!put) return tell(words, put.error());
  return print(words.json ? written_json(words.key, "stored", *put)
                          : written_text("stored", *put));
}

Result<int> run_delete(const KvWords& words, Client& client) {
  const auto erased = client.erase(
      words.key,
      {.asked = words.asked, .context = words.context, .request_id = words.request_id});
  if (!erased) return tell(words, erased.error());
  return print(words.json ? written_json(words.key, "deleted", *erased)
                          : written_text("deleted", *erased));
}

Result<int> run_get(const KvWords& words, Client& client) {
  const auto found = client.get(words.key, words.asked);
  if (!found) return tell(words, found.error());
  if (found->values.empty()) {
    return tell(words, {.code = "not_found",
                        .detail = fmt::format("{}: is not there", printable(words.key)),
                        .http_status = 404});
  }
  if (words.json) return print(found_json(words.key, *found));
  std::string text;
  for (const std::string& value : found->values) text += value + "\n";
  if (found->values.size() > 1) {
    fmt::print(stderr,
               "{}: {} values were written at once; to replace them all, put with "
               "--context {}\n",
               printable(words.key), found->values.size(), found->context);
  }
  return print(text);
}

Result<int> run_scan(const KvWords& words, Client& client) {
  constexpr std::size_t kPageKeys = 1000;
  std::optional<std::uint64_t> left = words.limit;
  std::optional<std::string> cursor;
  do {
    const std::size_t wanted = left ? std::min<std::size_t>(*left, kPageKeys) : kPageKeys;
    const auto page = client.keys(words.prefix, wanted, cursor);
    if (!page) return tell(words, page.error());
    std::string text;
    for (const std::string& key : page->keys) {
      text += words.json ? key_json(key) : written_key(key) + "\n";
    }
    if (auto written = write_output(text); !written) {
      return std::unexpected(written.error());
    }
    if (left) *left -= std::min<std::uint64_t>(*left, page->keys.size());
    cursor = page->cursor;
  } while (cursor && (!left || *left > 0));
  return 0;
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);  // it was only read
  }
};

Result<int> run_batch(const KvWords& words, Client& client) {
  const std::unique_ptr<std::FILE, CloseFile> input(
      words.input == "-" ? stdin : std::fopen(words.input.c_str(), "rbe"));
  if (input == nullptr) {
    return fail(Errc::io, fmt::format("{}: cannot be opened: {}", printable(words.input),
                                      std::generic_category().message(errno)));
  }
  const auto done = run_lines(*input, client, words.json);
  if (!done) return std::unexpected(done.error());
  for (const std::string& sentence : done->sentences) {
    (void)report_error(kName, {Errc::io, sentence});
  }
  if (done->unknown > 0) return kUnknown;
  return done->failed > 0 ? kFailed : 0;
}

Result<int> run(int argc, const char* const* argv) {
  const auto words = read_kv_words(argc, argv);
  if (!words) return std::unexpected(words.error());
  if (words->action == KvAction::help) return print(kv_help());
  Client client(words->client);
  switch (words->action) {
    case KvAction::put:
      return run_put(*words, client);
    case KvAction::get:
      return run_get(*words, client);
    case KvAction::erase:
      return run_delete(*words, client);
    case KvAction::batch:
      return run_batch(*words, client);
    case KvAction::scan:
    case KvAction::help:
      break;
  }
  return run_scan(*words, client);
}

}  // namespace

int kv_main(int argc, const char* const* argv) {
  return exit_status_of(kName, [&] { return run(argc, argv); });
}

}  // namespace kv
