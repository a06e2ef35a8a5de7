// Addresses, and the file with the secret.
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/programs/run_program.hpp"
#include "v4_replicated_kv/configuration/address.hpp"
#include "v4_replicated_kv/configuration/secret_file.hpp"

using namespace kv;

namespace {

// A file with this mode, and what read_secret() says of it.
struct Secret {
  Secret(std::string_view bytes, mode_t mode)
      : path(dir.file("secret", bytes)),
        read((::chmod(path.c_str(), mode), read_secret(path))) {}
  TempDir dir;
  std::string path;
  Result<std::string> read;
  [[nodiscard]] std::string why() const {
    REQUIRE_FALSE(read.has_value());
    return read.error().detail;
  }
};

}  // namespace

TEST_CASE("an address is read as it is written") {
  for (const char* const text :
       {"127.0.0.1:8080", "node-1.example:0", "[::1]:65535", "[fe80::1%eth0]:9",
        "my_node:1", "[::ffff:10.0.0.1]:80"}) {
    CAPTURE(text);
    const auto address = parse_address(text);
    REQUIRE(address);
    CHECK(address_text(*address) == text);
  }
  for (const char* const text : {"",
                                 ":",
                                 ":80",
                                 "8080",
                                 "host",
                                 "host:",
                                 "host:65536",
                                 "host:-1",
                                 "host:+1",
                                 "host:1 ",
                                 " host:1",
                                 "::1:80",
                                 "[::1]",
                                 "[::1]80",
                                 "[::1:80",
                                 "[]:80",
                                 "[host]:80",
                                 "ho st:80",
                                 "host:0x50",
                                 "http://host:80",
                                 "user@host:80",
                                 "h\xC3\xB6st:80"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_address(text));
  }
  CHECK_FALSE(parse_address(std::string("a\0b:1", 5)));
  CHECK_FALSE(parse_address(std::string(254, 'a') + ":1"));
}

TEST_CASE("a secret is the file's bytes, without the newline that an editor leaves") {
  CHECK(Secret("0123456789abcdef", 0600).read == "0123456789abcdef");
  CHECK(Secret("0123456789abcdef\n", 0400).read == "0123456789abcdef");
  CHECK(Secret("0123456789abcdef\n\n", 0600).read == "0123456789abcdef\n");
  CHECK(Secret(std::string(4096, 'x') + "\n", 0600).read == std::string(4096, 'x'));
  CHECK(
      Secret("0123456789abcde\n", 0600).why().ends_with("a secret has 16 to 4096 bytes"));
  CHECK(Secret(std::string(4097, 'x'), 0600).why().ends_with("16 to 4096 bytes"));
  CHECK(Secret(std::string(9999, 'x'), 0600).why().ends_with("16 to 4096 bytes"));
}

TEST_CASE("a secret that others get at is none") {
  for (const mode_t mode : {0644U, 0640U, 0604U, 0620U, 0602U, 0610U, 0777U}) {
    CAPTURE(mode);
    const std::string why = Secret("0123456789abcdef", mode).why();
    CHECK(why.find("others get at it; chmod 600 it") != std::string::npos);
    CHECK(why.find("0123456789") == std::string::npos);
  }
  const TempDir dir;
  CHECK(read_secret(dir.path() + "/none").error().code == Errc::not_found);
  CHECK(read_secret(dir.path()).error().detail.ends_with("is not a file"));
  const std::string pipe = dir.path() + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(read_secret(pipe).error().detail.ends_with("is not a file"));
}
