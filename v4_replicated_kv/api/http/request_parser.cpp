#include "v4_replicated_kv/api/http/request_parser.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include <boost/beast/http/basic_parser.hpp>
#include <fmt/format.h>

#include "v4_replicated_kv/api/http/words.hpp"

namespace kv::http {

namespace {

namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using beast::error_code;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

// An empty string keeps no more memory than this for the next request.
constexpr std::size_t kKept = std::size_t{4} << 10;

void empty(std::string& text) {
  text.clear();
  if (text.capacity() > kKept) text.shrink_to_fit();
}

}  // namespace

// Puts the parts where HttpRequest has them.
class RequestParser::Reader : public bhttp::basic_parser<true> {
 public:
  Reader(HttpRequest& out, const std::size_t& body_bytes_max)
      : out_(out), body_bytes_max_(body_bytes_max) {
    // Both limits are ours: the head was measured, and the body's depends on what it is for.
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(boost::none);
  }

  [[nodiscard]] bool is_over() const { return is_over_; }

 private:
  void on_request_impl(bhttp::verb /*verb*/, beast::string_view method,
                       beast::string_view target, int version,
                       error_code& /*error*/) override {
    out_.method = view(method);
    out_.target = view(target);
    out_.is_1_1 = version == 11;
  }

  void on_response_impl(int /*status*/, beast::string_view /*reason*/, int /*version*/,
                        error_code& /*error*/) override {}

  void on_field_impl(bhttp::field field, beast::string_view name,
                     beast::string_view value, error_code& /*error*/) override {
    if (is_header_done()) return;  // behind the last chunk: nobody asked for it
    if (field == bhttp::field::content_encoding) {
      // Each of several says what was done to the body as well.
      if (!same_word(view(value), "identity")) out_.content_encoding = view(value);
    } else if (is_condition(field)) {
      out_.condition = view(name);
    } else if (std::string* const to = place_of(field, view(name))) {
      *to = view(value);
    }
  }

  void on_header_impl(error_code& /*error*/) override {}

  void on_body_init_impl(const boost::optional<std::uint64_t>& /*length*/,
                         error_code& /*error*/) override {}

  std::size_t on_body_impl(beast::string_view body, error_code& error) override {
    return add(view(body), error);
  }

  void on_chunk_header_impl(std::uint64_t bytes, beast::string_view /*extension*/,
                            error_code& error) override {
    // What is announced already tells.
    if (bytes > body_bytes_max_ - std::min(body_bytes_max_, out_.body.size()))
      stop(error);
  }

  std::size_t on_chunk_body_impl(std::uint64_t /*left*/, beast::string_view body,
                                 error_code& error) override {
    return add(view(body), error);
  }

  void on_finish_impl(error_code& /*error*/) override {}

  std::size_t add(std::string_view body, error_code& error) {
    if (out_.body.size() + body.size() > body_bytes_max_) {
      stop(error);
      return 0;
    }
    out_.body += body;
    return body.size();
  }

  void stop(error_code& error) {
    is_over_ = true;
    error = bhttp::error::body_limit;
  }

  [[nodiscard]] static bool is_condition(bhttp::field field) {
    return field == bhttp::field::if_match || field == bhttp::field::if_none_match ||
           field == bhttp::field::if_unmodified_since;
  }

  [[nodiscard]] std::string* place_of(bhttp::field field, std::string_view name) {
    switch (field) {
      case bhttp::field::host:
        return &out_.host;
      case bhttp::field::origin:
        return &out_.origin;
      case bhttp::field::expect:
        return &out_.expect;
      case bhttp::field::accept:
        return &out_.accept;
      case bhttp::field::content_type:
        return &out_.content_type;
      case bhttp::field::unknown:
        if (same_word(name, "x-context")) return &out_.context;
        if (same_word(name, "x-request-id")) return &out_.request_id;
        return nullptr;
      default:
        return nullptr;
    }
  }

  HttpRequest& out_;
  const std::size_t& body_bytes_max_;
  bool is_over_ = false;
};

RequestParser::RequestParser() = default;
RequestParser::~RequestParser() = default;

void RequestParser::next() {
  for (std::string* const text :
       {&request_.method, &request_.target, &request_.host, &request_.origin,
        &request_.expect, &request_.accept, &request_.content_type,
        &request_.content_encoding, &request_.condition, &request_.context,
        &request_.request_id, &request_.body}) {
    empty(*text);
  }
  scan_.reset();
  chunks_.reset();
  looked_ = 0;
  reader_.reset();
  has_head_ = false;
  is_inside_ = false;
}

RequestParser::Fed RequestParser::feed(std::string_view bytes) {
  return has_head_ ? feed_body(bytes) : feed_head(bytes);
}

RequestParser::Fed RequestParser::refused(Refusal why) {
  refusal_ = std::move(why);
  return {.step = Step::refused};
}

RequestParser::Fed RequestParser::feed_head(std::string_view bytes) {
  is_inside_ = is_inside_ || !bytes.empty();
  auto is_whole = scan_.look(bytes);
  if (!is_whole) return refused(std::move(is_whole.error()));
  if (!*is_whole) return {};
  reader_ = std::make_unique<Reader>(request_, body_bytes_max_);
  error_code error;
  reader_->put({bytes.data() + scan_.begin(), scan_.end() - scan_.begin()}, error);
  if (error == bhttp::error::bad_content_length) {
    return refused({413, "too_large", "Content-Length is larger than any body"});
  }
  if (error || !reader_->is_header_done()) {
    return refused({.why = fmt::format("the request cannot be read: {}",
                                       error ? error.message() : "its head has no end")});
  }
  take_head();
  has_head_ = true;
  return {.used = scan_.end(), .step = Step::head};
}

void RequestParser::take_head() {
  request_.keep_alive = reader_->keep_alive();
  request_.has_body = !reader_->is_done();
  request_.length = std::nullopt;
  if (const auto length = reader_->content_length()) request_.length = *length;
  request_.expects_continue = request_.is_1_1 && !request_.expect.empty();
}

void RequestParser::expect_body(std::size_t bytes_max) {
  body_bytes_max_ = bytes_max;
}

// How many of them the library may see: the same, in the end, however they were cut.
std::size_t RequestParser::readable(std::string_view bytes) {
  if (!reader_->chunked()) return bytes.size();
  looked_ += chunks_.look(bytes.substr(looked_));
  return looked_ - chunks_.held();
}

RequestParser::Fed RequestParser::feed_body(std::string_view bytes) {
  const auto over = [this] {
    return refused(
        {413, "too_large", fmt::format("the body is over {} bytes", body_bytes_max_)});
  };
  if (request_.length.value_or(0) > body_bytes_max_) return over();
  const std::size_t end = readable(bytes);
  std::size_t used = 0;
  error_code error;
  while (!reader_->is_done() && used < end && !error) {
    used += reader_->put({bytes.data() + used, end - used}, error);
  }
  if (reader_->is_over()) return over();
  if (error && error != bhttp::error::need_more) {
    return refused({.why = fmt::format("the body cannot be read: {}", error.message())});
  }
  if (reader_->is_done()) return {.used = used, .step = Step::done};
  if (chunks_.refusal()) return refused(*chunks_.refusal());
  looked_ -= std::min(looked_, used);
  return {.used = used};
}

}  // namespace kv::http
