#include "v4_replicated_kv/admin/admin_print.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "common/base/text.hpp"

namespace kv {

namespace {

namespace json = boost::json;

std::unexpected<Error> not_ours(std::string_view answer) {
  return fail(
      Errc::bad_input,
      fmt::format("the server's answer is none of this store's: {}", printable(answer)));
}

// What is there as one word; "-" for what is missing or empty.
std::string word_of(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return "-";
  if (!value->is_string()) return json::serialize(*value);
  const std::string text = one_line(std::string_view(value->get_string()));
  return text.empty() ? "-" : text;
}

std::string table_of(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      text += fmt::format("{:{}}  ", row[i], widths[i]);
    }
    text += row.back() + "\n";
  }
  return text;
}

// A list of names as they stand in a row of the ring.
std::vector<std::string> names_in(const json::value& row) {
  std::vector<std::string> names;
  if (!row.is_array()) return names;
  for (const json::value& name : row.get_array()) {
    if (name.is_string()) names.push_back(one_line(std::string_view(name.get_string())));
  }
  return names;
}

}  // namespace

Result<std::string> nodes_text(std::string_view answer) {
  json::error_code failed;
  const json::value value = json::parse(answer, failed);
  if (failed || !value.is_array()) return not_ours(answer);
  std::vector<std::vector<std::string>> rows{
      {"node", "state", "http", "grpc", "weight", "zone"}};
  for (const json::value& one : value.get_array()) {
    if (!one.is_object()) return not_ours(answer);
    const json::object& node = one.get_object();
    rows.push_back({word_of(node, "id"), word_of(node, "state"), word_of(node, "http"),
                    word_of(node, "grpc"), word_of(node, "weight"),
                    word_of(node, "zone")});
  }
  return table_of(rows);
}

Result<std::string> ring_text(std::string_view answer) {
  json::error_code failed;
  const json::value value = json::parse(answer, failed);
  if (failed || !value.is_object()) return not_ours(answer);
  const json::object& ring = value.get_object();
  const json::value* const rows = ring.if_contains("rows");
  if (rows == nullptr || !rows->is_array()) return not_ours(answer);
  std::map<std::string, std::pair<std::size_t, std::size_t>> held;  // first, all
  for (const json::value& row : rows->get_array()) {
    const auto names = names_in(row);
    if (names.empty()) return not_ours(answer);
    ++held[names.front()].first;
    for (const std::string& name : names) ++held[name].second;
  }
  std::vector<std::vector<std::string>> table{{"node", "partitions", "of them first"}};
  for (const auto& [name, counts] : held) {
    table.push_back({name, std::to_string(counts.second), std::to_string(counts.first)});
  }
  return fmt::format("epoch {}, {} partitions, {} copies of each, {}\n",
                     word_of(ring, "epoch"), word_of(ring, "partitions"),
                     word_of(ring, "n"), word_of(ring, "conflict")) +
         table_of(table);
}

Result<std::string> owners_text(std::string_view answer) {
  json::error_code failed;
  const json::value value = json::parse(answer, failed);
  if (failed || !value.is_object()) return not_ours(answer);
  const json::object& ring = value.get_object();
  const json::value* const owners = ring.if_contains("owners");
  const auto names = owners == nullptr ? std::vector<std::string>{} : names_in(*owners);
  if (names.empty()) return not_ours(answer);
  std::string text = fmt::format("partition {} of {}:", word_of(ring, "partition"),
                                 word_of(ring, "partitions"));
  for (const std::string& name : names) text += " " + name;
  return text + "\n";
}

Result<std::string> stats_text(std::string_view answer) {
  json::error_code failed;
  const json::value value = json::parse(answer, failed);
  if (failed || !value.is_object()) return not_ours(answer);
  std::vector<std::vector<std::string>> rows;
  for (const auto& field : value.get_object()) {
    const std::string name = one_line(std::string_view(field.key()));
    rows.push_back({name, word_of(value.get_object(), field.key())});
  }
  if (rows.empty()) return not_ours(answer);
  return table_of(rows);
}

}  // namespace kv
