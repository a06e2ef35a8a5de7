#include "v4_replicated_kv/api/http/kv_answer.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "common/base/text.hpp"
#include "v4_replicated_kv/api/http/json_text.hpp"
#include "v4_replicated_kv/versioning/visible.hpp"

namespace kv::http {

namespace {

struct Failure {
  int status;
  std::string_view code;
};

bool is_write(Verb verb) {
  return verb == Verb::put || verb == Verb::erase;
}

Failure failure_of(Trouble trouble, Verb verb) {
  switch (trouble) {
    case Trouble::none:
    case Trouble::bad_request:
      return {400, "bad_request"};
    case Trouble::not_reached:
      return {503,
              is_write(verb) ? "write_quorum_not_reached" : "read_quorum_not_reached"};
    case Trouble::timed_out:
      return {504, "timeout"};
    case Trouble::not_ready:
      return {503, "not_ready"};
    case Trouble::too_large:
      return {413, "too_large"};
    case Trouble::disk_full:
      return {507, "disk_full"};
    case Trouble::conflict:
      return {409, "conflict"};
    case Trouble::overloaded:
      return {429, "overloaded"};
  }
  return {503, "not_ready"};
}

Answer failed(const Asked& asked, const Reply& reply) {
  const Failure failure = failure_of(reply.trouble, asked.verb);
  ObjectText text;
  text.text("error", one_line(reply.detail))
      .text("code", failure.code)
      .number("http_status", static_cast<std::uint64_t>(failure.status));
  // A read changes nothing, so nothing came of it.
  if (is_write(asked.verb)) {
    text.text("outcome", reply.outcome == Outcome::unknown ? "unknown" : "refused");
  }
  if (reply.needed > 0) {
    text.number("acks", reply.answers).number("needed", reply.needed);
  }
  return {.status = failure.status,
          .body = text.done(),
          .retry_after_s = failure.status == 429 ? 1U : 0U};
}

Answer written(const Asked& asked, const Reply& reply) {
  ObjectText text;
  text.bytes("key", asked.key)
      .text("status", asked.verb == Verb::put ? "stored" : "deleted")
      .number("acks", reply.answers)
      .number("w", reply.needed)
      .number("n", asked.copies)
      .text("context", reply.context);
  return {.body = text.done(), .context = reply.context};
}

// What each answer of a read ends with.
void add_what_was_read(ObjectText& text, const Asked& asked, const Reply& reply) {
  text.text("context", reply.context)
      .number("replies", reply.answers)
      .number("r", reply.needed)
      .number("n", asked.copies);
}

Answer nothing(const Asked& asked, const Reply& reply) {
  ObjectText text;
  text.text("error", "there is no value of this key")
      .text("code", "not_found")
      .number("http_status", std::uint64_t{404})
      .bytes("key", asked.key);
  add_what_was_read(text, asked, reply);
  return {.status = 404, .body = text.done(), .context = reply.context};
}

Answer siblings(const Asked& asked, const Reply& reply,
                const std::vector<const Version*>& values) {
  std::string list = "[";
  for (const Version* const version : values) {
    if (list.size() > 1) list += ',';
    list += ObjectText().bytes("value", version->value).done();
  }
  list += ']';
  ObjectText text;
  text.bytes("key", asked.key).json("siblings", list);
  add_what_was_read(text, asked, reply);
  return {.status = 300, .body = text.done(), .context = reply.context};
}

Answer found(const Asked& asked, const Reply& reply, const std::string& value) {
  if (asked.wants_bytes) {
    return {.media = Media::bytes, .body = value, .context = reply.context};
  }
  if (asked.wants_text) {
    // What is no text has no such form: it is as it would be in an object.
    std::string body;
    if (is_utf8(value)) {
      append_quoted(body, value);
    } else {
      body = ObjectText().bytes("value", value).done();
    }
    return {.body = std::move(body), .context = reply.context};
  }
  ObjectText text;
  text.bytes("key", asked.key).bytes("value", value);
  add_what_was_read(text, asked, reply);
  return {.body = text.done(), .context = reply.context};
}

}  // namespace

Answer kv_answer(const Asked& asked, const Reply& reply, WallMs now) {
  if (reply.outcome != Outcome::ok) return failed(asked, reply);
  if (asked.verb != Verb::get) return written(asked, reply);
  const auto values = visible(reply.state, now);
  if (values.empty()) return nothing(asked, reply);
  if (values.size() > 1) return siblings(asked, reply, values);
  return found(asked, reply, values.front()->value);
}

Answer keys_answer(const Reply& reply, std::size_t copies) {
  if (reply.outcome != Outcome::ok) {
    return failed({.verb = Verb::list, .copies = copies}, reply);
  }
  std::string list = "[";
  for (const std::string& key : reply.keys) {
    if (list.size() > 1) list += ',';
    if (is_utf8(key)) {
      append_quoted(list, key);
    } else {
      list += ObjectText().bytes("key", key).done();
    }
  }
  ObjectText text;
  text.json("keys", list += ']');
  if (reply.next) {
    text.text("cursor", std::to_string(reply.next->raw()));
  } else {
    text.json("cursor", "null");
  }
  return {.body = text.done()};
}

}  // namespace kv::http
