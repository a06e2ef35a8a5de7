#include "v4_replicated_kv/client/json_answers.hpp"

#include <optional>
#include <string_view>
#include <utility>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"
#include "v4_replicated_kv/client/bytes_json.hpp"

namespace kv {

namespace {

namespace json = boost::json;

// Fields of one object; what is missing or of another kind is remembered.
class Fields {
 public:
  explicit Fields(const json::value& value) : object_(value.if_object()) {
    if (object_ == nullptr) is_good_ = false;
  }

  [[nodiscard]] const json::value* find(std::string_view name) const {
    return object_ == nullptr ? nullptr : object_->if_contains(name);
  }

  std::size_t number(std::string_view name) {
    const json::value* const value = find(name);
    if (value != nullptr && value->is_number()) {
      json::error_code failed;
      const auto number = value->to_number<std::size_t>(failed);
      if (!failed) return number;
    }
    is_good_ = false;
    return 0;
  }

  std::string text(std::string_view name) {
    const json::value* const value = find(name);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
    is_good_ = false;
    return {};
  }

  std::string text_or_nothing(std::string_view name) {
    const json::value* const value = find(name);
    return value == nullptr || value->is_null() ? std::string() : text(name);
  }

  // Bytes: under this name where they are UTF-8, else in base64.
  std::string bytes(const std::string& name) {
    if (find(name) != nullptr) return text(name);
    auto decoded = decode_base64(text(name + "_base64"));
    if (!decoded) is_good_ = false;
    return decoded ? *std::move(decoded) : std::string();
  }

  [[nodiscard]] bool is_good() const { return is_good_; }
  void refuse() { is_good_ = false; }

 private:
  const json::object* object_ = nullptr;
  bool is_good_ = true;
};

Failure bad_answer(std::string_view body) {
  return {.code = "bad_answer",
          .detail = fmt::format("the server's answer is none of this store's: {}",
                                printable(body)),
          .http_status = 0,
          .is_unknown = true};
}

std::optional<json::value> parse(const std::string& body) {
  json::error_code failed;
  json::value value = json::parse(body, failed);
  if (failed) return std::nullopt;
  return value;
}

WriteResult written_of(Fields& fields) {
  return {.acks = fields.find("acks") == nullptr ? 0 : fields.number("acks"),
          .w = fields.find("w") == nullptr ? 0 : fields.number("w"),
          .n = fields.find("n") == nullptr ? 0 : fields.number("n"),
          .context = fields.text_or_nothing("context")};
}

ReadResult found_of(Fields& fields) {
  ReadResult found{
      .context = fields.text_or_nothing("context"),
      .replies = fields.find("replies") == nullptr ? 0 : fields.number("replies"),
      .r = fields.find("r") == nullptr ? 0 : fields.number("r"),
      .n = fields.find("n") == nullptr ? 0 : fields.number("n")};
  const json::value* const siblings = fields.find("siblings");
  if (siblings == nullptr) {
    found.values.push_back(fields.bytes("value"));
  } else if (siblings->is_array()) {
    for (const json::value& sibling : siblings->get_array()) {
      Fields one(sibling);
      found.values.push_back(one.bytes("value"));
      if (!one.is_good()) fields.refuse();
    }
  } else {
    fields.refuse();
  }
  return found;
}

Failure failure_of(Fields& fields, int status) {
  Failure failure{.code = fields.text("code"),
                  .detail = fields.text("error"),
                  .http_status = status,
                  .is_unknown = fields.text_or_nothing("outcome") == "unknown"};
  if (fields.find("acks") != nullptr) failure.acks = fields.number("acks");
  if (fields.find("needed") != nullptr) failure.needed = fields.number("needed");
  return failure;
}

BatchResult result_of(const json::value& value) {
  Fields fields(value);
  const json::value* const ok = fields.find("ok");
  if (ok == nullptr || !ok->is_bool()) return std::unexpected(bad_answer("a result"));
  if (!ok->get_bool()) {
    const int status = static_cast<int>(fields.number("http_status"));
    Failure failure = failure_of(fields, status);
    if (failure.code == "not_found")
      return std::variant<WriteResult, ReadResult>(ReadResult{});
    return std::unexpected(std::move(failure));
  }
  const bool is_read = fields.find("value") != nullptr ||
                       fields.find("value_base64") != nullptr ||
                       fields.find("siblings") != nullptr;
  std::variant<WriteResult, ReadResult> done;
  if (is_read) {
    done = found_of(fields);
  } else {
    done = written_of(fields);
  }
  if (!fields.is_good()) return std::unexpected(bad_answer("a result"));
  return done;
}

}  // namespace

Answered<WriteResult> written_in(const HttpAnswer& answer) {
  const auto value = parse(answer.body);
  if (!value) return std::unexpected(bad_answer(answer.body));
  Fields fields(*value);
  WriteResult written = written_of(fields);
  if (!fields.is_good()) return std::unexpected(bad_answer(answer.body));
  return written;
}

Answered<ReadResult> found_in(const HttpAnswer& answer) {
  const auto value = parse(answer.body);
  if (!value) return std::unexpected(bad_answer(answer.body));
  Fields fields(*value);
  ReadResult found = found_of(fields);
  if (!fields.is_good()) return std::unexpected(bad_answer(answer.body));
  return found;
}

Answered<KeyPage> key_page_in(const HttpAnswer& answer) {
  const auto value = parse(answer.body);
  if (!value) return std::unexpected(bad_answer(answer.body));
  Fields fields(*value);
  KeyPage page;
  const std::string cursor = fields.text_or_nothing("cursor");
  if (!cursor.empty()) page.cursor = cursor;
  const json::value* const keys = fields.find("keys");
  if (keys == nullptr || !keys->is_array()) {
    return std::unexpected(bad_answer(answer.body));
  }
  for (const json::value& key : keys->get_array()) {
    if (key.is_string()) {
      page.keys.emplace_back(key.get_string());
      continue;
    }
    Fields one(key);
    page.keys.push_back(one.bytes("key"));
    if (!one.is_good()) fields.refuse();
  }
  if (!fields.is_good()) return std::unexpected(bad_answer(answer.body));
  return page;
}

Answered<std::vector<BatchResult>> batch_results_in(const HttpAnswer& answer,
                                                    std::size_t expected) {
  const auto value = parse(answer.body);
  if (!value) return std::unexpected(bad_answer(answer.body));
  Fields fields(*value);
  const json::value* const results = fields.find("results");
  const bool is_good = results != nullptr && results->is_array() &&
                       results->get_array().size() == expected;
  if (!is_good) return std::unexpected(bad_answer(answer.body));
  std::vector<BatchResult> all;
  for (const json::value& result : results->get_array()) all.push_back(result_of(result));
  return all;
}

Failure failure_in(const HttpAnswer& answer) {
  if (const auto value = parse(answer.body)) {
    Fields fields(*value);
    Failure failure = failure_of(fields, answer.status);
    if (fields.is_good()) return failure;
  }
  Failure failure = bad_answer(answer.body);
  failure.detail += fmt::format(" (HTTP status {})", answer.status);
  failure.is_unknown = answer.status >= 500;
  failure.http_status = answer.status;
  return failure;
}

std::string batch_json(const std::vector<BatchOperation>& operations) {
  json::array list;
  for (const BatchOperation& operation : operations) {
    json::object one;
    if (const auto* const put = std::get_if<BatchPut>(&operation)) {
      one["type"] = "put";
      put_bytes(one, "key", put->key);
      put_bytes(one, "value", put->value);
    } else if (const auto* const get = std::get_if<BatchGet>(&operation)) {
      one["type"] = "get";
      put_bytes(one, "key", get->key);
    } else {
      one["type"] = "delete";
      put_bytes(one, "key", std::get<BatchDelete>(operation).key);
    }
    list.push_back(std::move(one));
  }
  return json::serialize(json::object{{"operations", std::move(list)}});
}

}  // namespace kv
