#include "common/keys/key_source.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace kv {

namespace {

using Visit = std::function<void(std::string_view)>;

KeyCount visit_synthetic(std::uint64_t count, const Visit& visit) {
  std::array<char, 32> key{'k', 'e', 'y', '-'};
  char* const digits = key.data() + 4;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto end = std::to_chars(digits, key.data() + key.size(), i).ptr;
    visit({key.data(), static_cast<std::size_t>(end - key.data())});
  }
  return {.keys = count, .skipped = 0};
}

std::unexpected<Error> line_too_long(const std::string& name, const KeyCount& count) {
  return fail(
      Errc::bad_input,
      fmt::format("{}: line {} is longer than {} bytes; is it a text file with one "
                  "key a line?",
                  name, count.keys + count.skipped + 1, kKeyLineBytesMax));
}

// Visits one line; an error for one that is too long to be a key, or a key too many.
Result<void> visit_line(std::string_view line, const std::string& name,
                        const Visit& visit, KeyCount& count) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > kKeyLineBytesMax) return line_too_long(name, count);
  if (line.empty()) {
    ++count.skipped;
    return {};
  }
  if (count.keys == kKeysMax) {
    return fail(
        Errc::bad_input,
        fmt::format("{}: holds more than {} keys; give a part of it", name, kKeysMax));
  }
  ++count.keys;
  visit(line);
  return {};
}

// Visits the lines of `file`, holding one buffer of it: what is left of an unfinished
// line moves to the front before more is read.
Result<KeyCount> visit_lines(std::FILE* file, const std::string& name,
                             const Visit& visit) {
  std::vector<char> buffer(kKeyLineBytesMax +
                           2);  // a longest key, its CR and its newline
  std::size_t held = 0;
  KeyCount count;
  for (;;) {
    const std::size_t got =
        std::fread(buffer.data() + held, 1, buffer.size() - held, file);
    if (std::ferror(file) != 0) {
      const std::string why = std::generic_category().message(errno);
      return fail(Errc::io, fmt::format("{}: cannot be read: {}", name, why));
    }
    std::string_view rest(buffer.data(), held + got);
    for (auto end = rest.find('\n'); end != std::string_view::npos;
         end = rest.find('\n')) {
      const auto visited = visit_line(rest.substr(0, end), name, visit, count);
      if (!visited) return std::unexpected(visited.error());
      rest.remove_prefix(end + 1);
    }
    if (rest.size() == buffer.size()) return line_too_long(name, count);
    if (std::feof(file) != 0) {  // a last line need not end in a newline
      if (rest.empty()) return count;
      const auto visited = visit_line(rest, name, visit, count);
      if (!visited) return std::unexpected(visited.error());
      return count;
    }
    std::memmove(buffer.data(), rest.data(), rest.size());
    held = rest.size();
  }
}

// Of a file that was only read: closing it loses nothing.
struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Result<KeyCount> visit_file(const std::string& path, const Visit& visit) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) {
    const Errc code = errno == ENOENT ? Errc::not_found : Errc::io;
    const std::string why = std::generic_category().message(errno);
    return fail(code, fmt::format("{}: cannot be opened: {}", path, why));
  }
  return visit_lines(file.get(), path, visit);
}

}  // namespace

std::string describe(const KeySource& source) {
  switch (source.kind) {
    case KeySource::Kind::synthetic:
      return "synthetic";
    case KeySource::Kind::standard_input:
      return "standard input";
    case KeySource::Kind::file:
      break;
  }
  return source.path;
}

Result<KeyCount> for_each_key(const KeySource& source, const Visit& visit) {
  if (source.kind == KeySource::Kind::synthetic) {
    return visit_synthetic(source.count, visit);
  }
  auto count = source.kind == KeySource::Kind::standard_input
                   ? visit_lines(stdin, describe(source), visit)
                   : visit_file(source.path, visit);
  if (count && count->keys == 0) {
    return fail(Errc::bad_input,
                fmt::format("{}: holds no key ({} empty lines); give one key a line",
                            describe(source), count->skipped));
  }
  return count;
}

}  // namespace kv
