// Records made up and read: every way in which a file can be wrong, and where it is.
#include "v3_virtual_nodes/bank/customers.hpp"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/programs/run_program.hpp"
#include "v3_virtual_nodes/bank/csv.hpp"

using namespace kv;
using namespace kv::bank;

namespace {

const std::string kGood = "number,first_name,last_name,savings,checking,401k\n";

kv::Result<Customers> customers_in(const std::string& content) {
  const TempDir dir;
  KeySource source;
  source.kind = KeySource::Kind::file;
  source.path = dir.file("c.csv", content);
  Progress quiet(false);
  auto read = read_customers(source, 0, quiet);
  if (!read) read.error().detail.erase(0, dir.path().size() + 1);  // from the name on
  return read;
}

std::string complaint(const std::string& content) {
  const auto read = customers_in(content);
  if (read) return "none";
  CHECK(read.error().code == kv::Errc::bad_input);
  return read.error().detail;
}

}  // namespace

TEST_CASE("a file of customers is read, quotes and all") {
  const auto read =
      customers_in("\xEF\xBB\xBF" + kGood +
                   "1001,Ada,Lovelace,\"$1,234.56\",0.05,-$3.00\r\n"
                   "\n\r\n"
                   "\"10,02\",\"Grace \"\"Amazing\"\"\",Hopper,1.00,2.00,\"3.00\"\n"
                   "1003,Zo\xC3\xAB,O'Neil,0.00,0.00,0.00");
  REQUIRE(read.has_value());
  CHECK(read->skipped == 2);
  REQUIRE(read->records.size() == 3);
  CHECK(read->records[0].number == "1001");
  CHECK(read->records[0].last_name == "Lovelace");
  CHECK(read->records[0].savings == Cents{123456});
  CHECK(read->records[0].checking == Cents{5});
  CHECK(read->records[0].retirement == Cents{-300});
  CHECK(read->records[1].number == "10,02");
  CHECK(read->records[1].first_name == "Grace \"Amazing\"");
  CHECK(read->records[2].first_name == "Zo\xC3\xAB");
}

TEST_CASE("a byte order mark may stand before a quote, or alone on its line") {
  const std::string row = "1,A,B,1.00,1.00,1.00\n";
  const std::string quoted = "\"number\"" + kGood.substr(6);
  for (const std::string& header : {kGood, quoted, "\n" + quoted}) {
    const auto read = customers_in("\xEF\xBB\xBF" + header + row);
    CAPTURE(header);
    REQUIRE(read.has_value());
    CHECK(read->records.size() == 1);
  }
  CHECK(complaint("\xEF\xBB\xBF").starts_with("c.csv:1: the first line is not"));
  CHECK(complaint(kGood + "\xEF\xBB\xBF\"1\",A,B,1.00,1.00,1.00\n")
            .starts_with("c.csv:2: a quote within a field"));
}

TEST_CASE("what is wrong with a file is said with its line and field") {
  const std::string header = "the first line is not the header";
  const std::string row = "1,A,B,1.00,1.00,1.00\n";
  const std::string long_field(kFieldBytesMax + 1, 'x');
  std::string long_row = "1,A";
  while (long_row.size() < kRowBytesMax)
    long_row +=
        ",xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "c.csv:1: " + header},
      {"\n\n", "c.csv:3: " + header},
      {"number,first_name\n", "c.csv:1: " + header},
      {row, "c.csv:1: " + header},
      {kGood, "c.csv:2: the file ends without a record"},
      {kGood + "1,A,B,1.00,1.00\n", "c.csv:2: a row of 5 fields; takes 6"},
      {kGood + "1\n", "c.csv:2: a row of 1 field; takes 6"},
      {kGood + row + "2,A,B,1.00,1.00,1.00,\n", "c.csv:3: a row of 7 fields; takes 6"},
      {kGood + "\n" + row + row, "c.csv:4: number: 1 is the number of a record above"},
      {kGood + ",A,B,1.00,1.00,1.00\n", "c.csv:2: number: \"\" is not at least one"},
      {kGood + "1,,B,1.00,1.00,1.00\n", "c.csv:2: first_name: \"\" is not at least"},
      {kGood + "1,A,,1.00,1.00,1.00\n", "c.csv:2: last_name: \"\" is not at least"},
      {kGood + "1,A,\"B\nC\",1.00,1.00,1.00\n", "c.csv:2: last_name: B\\x0aC is not"},
      {kGood + "1,A\x01,B,1.00,1.00,1.00\n", "c.csv:2: first_name: A\\x01 is not"},
      {kGood + "1,A,\xFF,1.00,1.00,1.00\n", "c.csv:2: last_name: \\xff is not"},
      {kGood + "1,A,B,1,1.00,1.00\n", "c.csv:2: savings: 1 is no amount; takes dollars"},
      {kGood + "1,A,B,1.00,,1.00\n", "c.csv:2: checking: \"\" is no amount"},
      {kGood + "1,A,B,1.00,1.00,x\n", "c.csv:2: 401k: x is no amount"},
      {kGood + "1,A,B,1.00,1.00,99999999999999999999.00\n", "c.csv:2: 401k: 9999999999"},
      {kGood + "1,A,B,100000000.00,1.00,1.00\n",
       "c.csv:2: savings: $100,000,000.00 is too much; takes -$99,999,999.99 to"},
      {kGood + "1,A,B,1.00,-100000000.00,1.00\n", "c.csv:2: checking: -$100,000,000.00"},
      {kGood + "1,A\"B,C,1.00,1.00,1.00\n", "c.csv:2: a quote within a field"},
      {kGood + "1,\"A\"B,C,1.00,1.00,1.00\n", "c.csv:2: text between a closing quote"},
      {kGood + row + "2,\"A,B\n\n\n", "c.csv:3: a quoted field has no closing quote"},
      {kGood + long_field, "c.csv:2: a field is longer than 256 bytes"},
      {kGood + "1,\"" + long_field, "c.csv:2: a field is longer than 256 bytes"},
      {kGood + long_row + ",y\n", "c.csv:2: a row is longer than 4096 bytes"},
      {kGood + std::string(100, ','), "c.csv:2: a row of more than 64 fields"},
  };
  for (const auto& [content, expected] : cases) {
    CAPTURE(content);
    const std::string said = complaint(content);
    CAPTURE(said);
    CHECK(said.starts_with(expected));
  }
}

TEST_CASE("a file that is not there or not a file is said so") {
  Progress quiet(false);
  KeySource source;
  source.kind = KeySource::Kind::file;
  source.path = "/nowhere/c.csv";
  CHECK(read_customers(source, 0, quiet).error().code == kv::Errc::not_found);
  source.path = "/";
  const auto read = read_customers(source, 0, quiet);
  CHECK(read.error().code == kv::Errc::io);
  CHECK(read.error().detail == "/: cannot be read: Is a directory");
}

TEST_CASE("made-up customers depend on the seed and the index, and on nothing else") {
  CHECK(made_up_customer(7, 3) == made_up_customer(7, 3));
  CHECK_FALSE(made_up_customer(7, 3).savings == made_up_customer(8, 3).savings);
  std::set<std::string> numbers, names;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const Record record = made_up_customer(0, i);
    numbers.insert(record.number);
    names.insert(record.first_name + " " + record.last_name);
    CHECK(record.savings >= Cents{100'00});
    CHECK(record.savings <= Cents{50'000'00});
    CHECK(record.checking >= Cents{50'00});
    CHECK(record.retirement >= Cents{0});
  }
  CHECK(numbers.size() == 2000);
  CHECK(names.size() > 1500);
}
