// `wal dump` and `wal import`, from outside: lines out of a store and into one.
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "common/base/base64.hpp"
#include "tests/crash/operations.hpp"
#include "tests/crash/surroundings.hpp"
#include "tests/programs/refusal.hpp"
#include "tests/storage/driven_engine.hpp"
#include "v4_replicated_kv/runtime/posix_disk.hpp"
#include "v4_replicated_kv/versioning/state_bytes.hpp"

using namespace kv;
using namespace kv::test;

namespace {

ProgramEnd wal(std::vector<std::string> words, const Surroundings& around = {}) {
  words.insert(words.begin(), {"v4_replicated_kv", "wal"});
  return run_program(std::move(words), around);
}

std::string base64(std::string_view bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

std::string dumped(const std::string& store) {
  const ProgramEnd outcome = wal({"dump", store});
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
  return outcome.out;
}

void import(const std::string& store, const std::string& lines) {
  const ProgramEnd outcome = wal({"import", store}, {.input = lines});
  CAPTURE(outcome.err);
  REQUIRE(outcome.status == 0);
}

// What a reader of the lines ends up with: each key's last one.
std::map<std::string, std::string> state_of(const std::string& lines) {
  std::map<std::string, std::string> state;
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    const std::size_t comma = line.find(',', 4);
    const std::string key = line.substr(4, comma - 4);
    if (line.starts_with("SET,")) {
      state[key] = line.substr(comma + 1);
    } else {
      state.erase(key);
    }
  }
  return state;
}

}  // namespace

TEST_CASE(
    "what was imported is dumped again, byte for byte, whatever the keys and values") {
  const TempDir dir;
  std::string large(std::size_t{16} << 20, '\0');
  Rng rng(1);
  for (char& byte : large) byte = static_cast<char>(rng.below(256));
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes += static_cast<char>(i);
  std::string lines = "SET,plain,dmFsdWU=\nSET,empty,\nSET,%00%25%2C%0D%0A%FF,YQ==\n";
  lines +=
      "SET,gr\xC3\xBC\xC3\x9F"
      "e \t;%C3,Yg==\nDEL,plain,\nDEL,never there,\n";
  lines += "SET," + std::string(4096, 'k') + "," + base64(all_bytes) + "\n";
  lines += "SET,zeros," + base64(std::string(100000, '\0')) + "\n";
  lines += "SET,large," + base64(large) + "\nSET,plain,bmV3\n";
  // A NUL is a character like others, and stands for itself.
  std::string expected = lines;
  const std::size_t nul = expected.find("%00");
  expected.replace(nul, 3, std::string(1, '\0'));
  const std::string one = dir.path() + "/one";
  const ProgramEnd imported = wal({"import", one}, {.input = lines});
  CAPTURE(imported.err);
  CHECK(imported.status == 0);
  CHECK(imported.out == "imported 10 lines: 8 set, 2 deleted\n");
  const std::string first = dumped(one);
  CHECK((first == expected));  // in brackets, or doctest would print it
  const std::string copy = dir.file("copy", first);
  const std::string two = dir.path() + "/two";
  CHECK(wal({"import", two, copy}).status == 0);
  CHECK((dumped(two) == first));
  // The same again changes nothing of what a reader sees.
  import(two, first);
  CHECK((state_of(dumped(two)) == state_of(first)));
}

TEST_CASE("a store that compacted dumps its records in the order of their writing") {
  const TempDir dir;
  const std::string store = dir.path() + "/store";
  REQUIRE(
      run_program({"store_writer", store, "0", "3", "1500", "always", "16384"}).status ==
      0);
  const ProgramEnd all = wal({"dump", store, "--verbose"});
  REQUIRE(all.status == 0);
  std::istringstream lines(all.out);
  std::string line;
  std::getline(lines, line);
  CHECK(line ==
        "# kind,key,value,seq,counter,actor,dot_seq,expires_ms,digest,segment,offset");
  std::uint64_t last = 0;
  std::size_t segment_falls = 0;
  std::uint64_t last_segment = 0;
  while (std::getline(lines, line)) {
    std::istringstream columns(line);
    std::vector<std::string> column;
    for (std::string one; std::getline(columns, one, ',');) column.push_back(one);
    REQUIRE(column.size() == 11);
    const std::uint64_t seq = std::stoull(column[3]);
    CHECK(seq > last);
    last = seq;
    const std::uint64_t segment = std::stoull(column[9]);
    if (segment < last_segment) ++segment_falls;
    last_segment = segment;
  }
  CHECK(last == 4500);
  CHECK(segment_falls > 0);  // so there was something to merge
  // And as a copy it says the same.
  const std::string copy = dir.path() + "/copy";
  import(copy, dumped(store));
  CHECK((state_of(dumped(copy)) == state_of(dumped(store))));
  import(dir.path() + "/verbose", all.out);
  CHECK((state_of(dumped(dir.path() + "/verbose")) == state_of(dumped(store))));
}

TEST_CASE("a store that is running can be dumped and verified") {
  const TempDir dir;
  const std::string store = dir.path() + "/store";
  constexpr std::uint64_t kThreads = 3;
  const Beside writer({"store_writer", store, "0", "3", "100000000", "always", "16384"},
                      dir.path() + "/said");
  writer.wait_for("ack 2 20\n");
  for (int run = 0; run < 15; ++run) {
    CAPTURE(run);
    std::vector<std::uint64_t> done(kThreads, 0);
    std::istringstream said(writer.said());
    std::string word;
    for (std::uint64_t thread = 0, op = 0; said >> word;) {
      if (word == "ack" && said >> thread >> op) done[thread] = op + 1;
    }
    const ProgramEnd outcome = wal({"dump", store});
    CAPTURE(outcome.err);
    REQUIRE(outcome.status == 0);
    const auto state = state_of(outcome.out);
    for (std::uint64_t thread = 0; thread < kThreads; ++thread) {
      std::map<std::string, std::uint64_t> newest;
      for (std::uint64_t op = 0; op < done[thread]; ++op) {
        newest[operation_of(0, thread, op).key] = op;
      }
      for (const auto& [key, op] : newest) {
        CAPTURE(key);
        const auto found = state.find(key);
        // Nothing is there where it was deleted, now or since.
        if (found == state.end()) continue;
        const std::string value = decode_base64(found->second).value();
        CHECK(std::stoull(value.substr(value.find(" op ") + 4)) >= op);
      }
    }
    const ProgramEnd verified = wal({"verify", store});
    CAPTURE(verified.out);
    CHECK(verified.status == 0);
  }
}

TEST_CASE(
    "import stops at the first line that it cannot read, and keeps those before it") {
  const std::string long_key = "SET," + std::string(4097, 'k') + ",";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"SET,b,YQ", "the value is no base64"},
      {"SET,b,YQ=", "the value is no base64"},
      {"SET,b,YR==", "the value is no base64"},
      {"SET,b,Y Q=", "the value is no base64"},
      {"SET,b,YQ==\r", "the value is no base64"},
      {"SET,b", "has 2 columns, and takes 3"},
      {"SET,b,YQ==,1", "has 4 columns, and takes 3"},
      {"SET,b,,,,,,,,,,,,,,,", "has more than 11 columns"},
      {"SET,b,YQ==,1,1,0,1,x,0,1,64", "x: the time of expiry is a number"},
      {"SET,%,YQ==", "two hexadecimal digits follow a %"},
      {"SET,%4,YQ==", "two hexadecimal digits follow a %"},
      {"SET,%4G,YQ==", "%4G: in a key two hexadecimal digits follow a %"},
      {"SET,b\rc,YQ==", "the key has the byte 0x0d, which is to be %0D"},
      {"SET,\xFF,YQ==", "the key has the byte 0xff, which is to be %FF"},
      {"SET,,YQ==", "the key is empty"},
      {"DEL,b,YQ==", "DEL takes no value"},
      {"set,b,YQ==", "set: a line begins with SET, DEL or #"},
      {"PUT,b,YQ==", "PUT: a line begins with SET, DEL or #"},
      {"", "\"\": a line begins with SET, DEL or #"},
      {long_key, "the key has 4097 bytes, and may have 4096"},
      {"SET,b," + base64(std::string((16 << 20) + 1, 'x')),
       "the value has more than 16777216 bytes"},
      {"SET,b," + std::string(23 << 20, 'A'), "is longer than"},
  };
  const TempDir dir;
  const std::string store = dir.path() + "/store";
  for (const auto& [line, part] : cases) {
    CAPTURE(part);
    const ProgramEnd outcome =
        wal({"import", store}, {.input = "SET,a,YQ==\n# remark\n" + line + "\nSET,c,\n"});
    check_refused_by("v4_replicated_kv wal", outcome, 1, "line 3: ");
    check_refused_by("v4_replicated_kv wal", outcome, 1, part);
    CHECK(outcome.err.ends_with("; 1 line before it is imported\n"));
  }
  const ProgramEnd cut = wal({"import", store}, {.input = "SET,a,YQ==\nSET,b,YWFh"});
  check_refused_by("v4_replicated_kv wal", cut, 1,
                   "line 2: is cut short: it does not end in a newline; 1 line before");
  CHECK(state_of(dumped(store)) == std::map<std::string, std::string>{{"a", "YQ=="}});
}

TEST_CASE("a time of expiry goes along with all columns, and what is over stays away") {
  const TempDir dir;
  const std::string store = dir.path() + "/store";
  import(store,
         "SET,over,YQ==,1,1,0,1,1,0,1,64\nSET,later,YQ==,2,1,0,1,99999999999999,0,1,64\n"
         "SET,over as well,YQ==\nSET,over as well,Yg==,3,1,0,1,1000,0,1,64\n");
  CHECK(state_of(dumped(store)) == std::map<std::string, std::string>{{"later", "YQ=="}});
  const ProgramEnd all = wal({"dump", "--verbose", store});
  CHECK(all.out.find("SET,later,YQ==,") != std::string::npos);
  const std::size_t expires = all.out.find("SET,later,YQ==,");
  CHECK((all.out.find(",9999999", expires) != std::string::npos ||
         all.out.find(",1000000", expires) != std::string::npos));
}

TEST_CASE("wrong words are refused with status 2") {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
      {{}, "v4_replicated_kv wal: needs one of dump, verify, import (see --help)"},
      {{"eat", "x"}, "eat: takes one of dump, verify, import"},
      {{"dump"}, "dump: needs a path"},
      {{"verify", ""}, "verify: needs a path"},
      {{"dump", "a", "b"}, "b: is one word too many"},
      {{"import", "a", "b", "c"}, "c: is one word too many"},
      {{"dump", "a", "--verbose", "--verbose"}, "--verbose: is given twice"},
      {{"verify", "a", "--verbose"}, "--verbose: is a flag of dump"},
      {{"dump", "a", "--format", "json"}, "--format: is a flag of verify"},
      {{"verify", "a", "--format", "xml"}, "--format xml: takes one of text, json"},
      {{"verify", "a", "--format"}, "--format: needs a value"},
      {{"verify", "a", "--format=json", "--format=json"}, "--format: is given twice"},
      {{"dump", "a", "-x"}, "-x: is not a flag of wal"},
  };
  for (const auto& [words, part] : cases)
    check_refused_by("v4_replicated_kv wal", wal(words), 2, part);
  const ProgramEnd help = wal({"--help"});
  CHECK(help.status == 0);
  CHECK(help.out.find("Usage: v4_replicated_kv wal dump PATH") != std::string::npos);
  std::istringstream lines(help.out);
  for (std::string line; std::getline(lines, line);) CHECK(line.size() <= 90);
}

TEST_CASE("what is no store is refused with status 1") {
  const TempDir dir;
  std::filesystem::create_directory(dir.path() + "/empty");
  for (const std::string action : {"dump", "verify"}) {
    check_refused_by("v4_replicated_kv wal", wal({action, dir.path() + "/missing"}), 1,
                     "there is no such file");
    check_refused_by("v4_replicated_kv wal", wal({action, dir.path() + "/empty"}), 1,
                     "holds no store");
    check_refused_by("v4_replicated_kv wal", wal({action, "/dev/null"}), 1,
                     "is neither a directory nor a segment");
  }
  check_refused_by("v4_replicated_kv wal", wal({"import", dir.file("file", "x")}), 1,
                   "/file: ");
  check_refused_by("v4_replicated_kv wal", wal({"import", dir.path() + "/a/b"}), 1,
                   "/a/b");
  check_refused_by("v4_replicated_kv wal",
                   wal({"import", dir.path() + "/new", dir.path() + "/none"}), 1,
                   "/none: cannot be opened: No such file or directory");
  CHECK(!std::filesystem::exists(dir.path() + "/new"));
}

TEST_CASE("a reader that goes away, and an output without room, are errors in one line") {
  const TempDir dir;
  const std::string store = dir.path() + "/store";
  import(store, "SET,large," + base64(std::string(1 << 20, 'x')) + "\n");
  const auto piped = run_shell("{ v4_replicated_kv wal dump " + store + "; echo $? > " +
                               dir.path() + "/status; } | head -c 1");
  CHECK(piped.out == "S");
  CHECK(piped.err ==
        "v4_replicated_kv wal: standard output: cannot be written: Broken pipe\n");
  CHECK(read_file(dir.path() + "/status") == "1\n");
  check_refused_by("v4_replicated_kv wal", wal({"dump", store}, {.output = "/dev/full"}),
                   1, "standard output: cannot be written: No space left on device");
}

TEST_CASE("an import that fills the disk keeps what it counted") {
  if (!can_mount()) return;
  const TempDir dir;
  const SmallDisk disk("140m");  // for a reserve and one segment
  Rng rng(2);
  std::string lines;
  for (int i = 0; i < 6; ++i) {
    std::string value(15 << 20, '\0');
    for (char& byte : value) byte = static_cast<char>(rng.below(256));
    lines += fmt::format("SET,key-{},{}\n", i, base64(value));
  }
  const std::string store = disk.path() + "/store";
  const ProgramEnd outcome = wal({"import", store}, {.input = lines});
  check_refused_by("v4_replicated_kv wal", outcome, 1, "line 5: ");
  check_refused_by("v4_replicated_kv wal", outcome, 1, "No space left on device");
  CHECK(outcome.err.ends_with("; 4 lines before it are imported\n"));
  CHECK(state_of(dumped(store)).size() == 4);
  CHECK(wal({"verify", store}).status == 0);
}

TEST_CASE("a deleted key is none to verify and to dump, whatever its state remembers") {
  const TempDir dir;
  const std::string store = dir.path() + "/store";
  import(store, "SET,a,YQ==\nSET,b,YQ==\n");
  KeyState deleted;
  deleted.versions.push_back({.at = {.counter = 9}, .kind = Kind::tombstone});
  deleted.versions.front().request = RequestId{7};
  auto engine = DrivenEngine::open(open_posix_disk(store).value(), 1, {.hot_bytes = 0});
  REQUIRE(engine);
  const std::string bytes = state_bytes(Policy::last_write_wins, deleted);
  REQUIRE((*engine)->put_state(RecordKind::deleted_state, "b", bytes));
  REQUIRE((*engine)->close());
  engine->reset();
  const ProgramEnd verified = wal({"verify", store});
  CHECK(verified.status == 0);
  CAPTURE(verified.out);
  CHECK(verified.out.find("3 records, 1 key,") != std::string::npos);
  CHECK(dumped(store) == "SET,a,YQ==\nSET,b,YQ==\nDEL,b,\n");
}
