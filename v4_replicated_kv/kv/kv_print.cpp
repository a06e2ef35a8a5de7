#include "v4_replicated_kv/kv/kv_print.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "v4_replicated_kv/client/bytes_json.hpp"

namespace kv {

namespace {

namespace json = boost::json;

std::string line_of(const json::object& object) {
  return json::serialize(object) + "\n";
}

}  // namespace

std::string written_text(std::string_view verb, const WriteResult& written) {
  if (written.n == 0) return fmt::format("{}\n", verb);
  return fmt::format("{}: {} of {} copies have it, {} were waited for\n", verb,
                     written.acks, written.n, written.w);
}

std::string written_json(std::string_view key, std::string_view status,
                         const WriteResult& written) {
  json::object object;
  put_bytes(object, "key", key);
  object["status"] = status;
  object["acks"] = written.acks;
  object["w"] = written.w;
  object["n"] = written.n;
  object["context"] = written.context;
  return line_of(object);
}

std::string found_json(std::string_view key, const ReadResult& found) {
  json::object object;
  put_bytes(object, "key", key);
  if (found.values.size() == 1) {
    put_bytes(object, "value", found.values.front());
  } else {
    json::array siblings;
    for (const std::string& value : found.values) {
      json::object sibling;
      put_bytes(sibling, "value", value);
      siblings.push_back(std::move(sibling));
    }
    object["siblings"] = std::move(siblings);
  }
  object["context"] = found.context;
  object["replies"] = found.replies;
  object["r"] = found.r;
  object["n"] = found.n;
  return line_of(object);
}

std::string key_json(std::string_view key) {
  json::object object;
  put_bytes(object, "key", key);
  return line_of(object);
}

std::string failure_json(const Failure& failure) {
  json::object object{{"error", failure.detail}, {"code", failure.code}};
  if (failure.http_status != 0) object["http_status"] = failure.http_status;
  if (failure.needed != 0) {
    object["acks"] = failure.acks;
    object["needed"] = failure.needed;
  }
  if (failure.is_unknown) object["outcome"] = "unknown";
  return line_of(object);
}

std::string failure_text(const Failure& failure) {
  if (!failure.is_unknown) return failure.detail;
  return failure.detail + "; nobody knows whether it was written";
}

}  // namespace kv
