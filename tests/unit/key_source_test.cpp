#include "common/keys/key_source.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

using namespace kv;

namespace {

// A file that is gone when the test is.
class TempFile {
 public:
  explicit TempFile(std::string_view content) {
    std::string name = (std::filesystem::temp_directory_path() / "keys-XXXXXX").string();
    const int file = mkstemp(name.data());
    REQUIRE(file >= 0);
    ::close(file);
    path_ = name;
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TempFile() { std::filesystem::remove(path_); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  [[nodiscard]] KeySource source() const {
    return {.kind = KeySource::Kind::file, .count = 0, .path = path_};
  }

 private:
  std::string path_;
};

struct Read {
  std::vector<std::string> keys;
  Result<KeyCount> count;
};

Read read(const KeySource& source) {
  std::vector<std::string> keys;
  auto count =
      for_each_key(source, [&](std::string_view key) { keys.emplace_back(key); });
  return {std::move(keys), std::move(count)};
}

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("made-up keys count from zero") {
  const auto [keys, count] =
      read({.kind = KeySource::Kind::synthetic, .count = 3, .path = ""});
  CHECK(keys == Keys{"key-0", "key-1", "key-2"});
  CHECK(count->keys == 3);
}

TEST_CASE("a line is a key, its CR is not, and an empty line is none") {
  const TempFile file("one\ntwo\r\n\n\r\nthree\r\r\nthree\r\r\n  \nlast");
  const auto [keys, count] = read(file.source());
  CHECK(keys == Keys{"one", "two", "three\r", "three\r", "  ", "last"});
  CHECK(count->keys == 6);
  CHECK(count->skipped == 2);
}

TEST_CASE("keys are any bytes but newline") {
  const std::string binary("\0\xff\x80\t\"\n\0\0\n", 9);
  const TempFile file(binary);
  const auto [keys, count] = read(file.source());
  REQUIRE(keys.size() == 2);
  CHECK(keys[0] == std::string("\0\xff\x80\t\"", 5));
  CHECK(keys[1] == std::string("\0\0", 2));
}

TEST_CASE("lines that straddle the read buffer arrive whole") {
  std::string content;
  Keys expected;
  for (int i = 0; i < 300'000; ++i) {  // several buffers of odd-sized lines
    expected.push_back("key number " + std::to_string(i));
    content += expected.back() + "\n";
  }
  const TempFile file(content);
  const auto [keys, count] = read(file.source());
  CHECK(keys == expected);
}

TEST_CASE("a key of the greatest length is taken and one byte more is refused") {
  const std::string longest(kKeyLineBytesMax, 'x');
  for (const std::string& ending :
       {std::string(), std::string("\n"), std::string("\r\n")}) {
    CAPTURE(ending.size());
    const TempFile fits(longest + ending);
    const auto [keys, count] = read(fits.source());
    REQUIRE(count);
    CHECK(keys == Keys{longest});
    const TempFile longer("a\n\n" + longest + "x" + ending);
    const auto refused = read(longer.source()).count;
    REQUIRE(!refused);
    CHECK(refused.error().code == Errc::bad_input);
    CHECK(refused.error().detail.find("line 3 is longer") != std::string::npos);
  }
}

TEST_CASE("a source that cannot be read says why") {
  const auto missing =
      read({.kind = KeySource::Kind::file, .count = 0, .path = "/nowhere/at/all"}).count;
  REQUIRE(!missing);
  CHECK(missing.error().code == Errc::not_found);
  const auto directory =
      read({.kind = KeySource::Kind::file, .count = 0, .path = "/"}).count;
  REQUIRE(!directory);
  CHECK(directory.error().code == Errc::io);
  CHECK(directory.error().detail == "/: cannot be read: Is a directory");
  const TempFile empty("\n\r\n\n");
  const auto keyless = read(empty.source()).count;
  REQUIRE(!keyless);
  CHECK(keyless.error().code == Errc::bad_input);
  CHECK(keyless.error().detail.find("holds no key (3 empty lines)") != std::string::npos);
}
