// The table of commands in the door's page is the door's.
#include <cctype>
#include <regex>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "tests/resp/raw_client.hpp"
#include "tests/structure/files.hpp"

using namespace kv;
using namespace kv::test;

namespace {

// The names in the first column of the page's first table.
std::set<std::string> names_on_page() {
  static const std::regex name(R"(`([A-Z]+)[^`]*`)");
  std::set<std::string> names;
  bool is_inside = false;
  for (const std::string& line : lines_of_file("v4_replicated_kv/api/resp/README.md")) {
    if (line == "| command | answer |") is_inside = true;
    if (!is_inside) continue;
    if (!line.starts_with("|")) break;
    const std::string column = line.substr(0, line.find(" | ", 1));
    for (std::sregex_iterator at(column.begin(), column.end(), name), end; at != end;
         ++at) {
      names.insert((*at)[1]);
    }
  }
  return names;
}

}  // namespace

TEST_CASE("the page of the door names each command that is served, and no other") {
  const auto opened = opened_door();
  const auto names = names_on_page();
  REQUIRE(names.contains("GET"));
  for (const std::string& name : names) {
    CAPTURE(name);
    RawClient client(opened.door->port());
    REQUIRE(client.send(command({name})));
    const std::string begin = client.receive(4);
    if (begin != "-ERR") continue;
    const std::string rest = client.receive(12);
    CHECK((rest == " wrong numbe" || rest == " of COMMAND "));
  }
  RawClient client(opened.door->port());
  REQUIRE(client.send("COMMAND COUNT\r\n"));
  const std::string count = ":" + std::to_string(names.size()) + "\r\n";
  CHECK(client.receive(count.size()) == count);
}
