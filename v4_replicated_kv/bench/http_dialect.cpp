// The store's HTTP interface, with raw bytes in and out and the connection kept.
#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.hpp"
#include "common/base/whole_number.hpp"
#include "v4_replicated_kv/bench/dialect.hpp"
#include "v4_replicated_kv/client/json_answers.hpp"

namespace kv::bench {

namespace {

constexpr std::size_t kHeadBytesMost = std::size_t{32} << 10;
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

std::unexpected<Error> refuse_response(std::string_view what) {
  return fail(Errc::bad_input,
              fmt::format("is no answer of HTTP that bench reads: {}", what));
}

char lower(char letter) {
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + ('a' - 'A'))
                                        : letter;
}

bool same_word(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

struct Head {
  int status = 0;
  std::optional<std::uint64_t> length{};
  bool closes = false;
};

Result<void> read_header(std::string_view line, Head& head) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return refuse_response("a header without a colon");
  const std::string_view name = line.substr(0, colon);
  const std::string_view text = trimmed(line.substr(colon + 1));
  if (same_word(name, "content-length")) {
    const auto length = whole_number(text);
    const bool is_other = head.length && head.length != length;
    if (!length || is_other || *length > kAnswerBytesMost) {
      return refuse_response(fmt::format("the length {}", printable(text)));
    }
    head.length = length;
  } else if (same_word(name, "transfer-encoding")) {
    return refuse_response("a body in chunks");
  } else if (same_word(name, "connection")) {
    head.closes = same_word(text, "close");
  }
  return {};
}

Result<Head> read_head(std::string_view text) {
  Head head;
  const std::string_view first = text.substr(0, text.find(kLineEnd));
  const bool is_status = first.size() >= 12 && first.starts_with("HTTP/1.1 ") &&
                         (first.size() == 12 || first[12] == ' ');
  const auto status = is_status ? whole_number(first.substr(9, 3)) : std::nullopt;
  if (!status || *status < 200) {
    return refuse_response(fmt::format("it begins with {}", printable(first)));
  }
  head.status = static_cast<int>(*status);
  text.remove_prefix(first.size());
  while (!text.empty()) {
    text.remove_prefix(kLineEnd.size());
    const std::string_view line = text.substr(0, text.find(kLineEnd));
    text.remove_prefix(line.size());
    if (auto good = read_header(line, head); !good) return std::unexpected(good.error());
  }
  if (!head.length && head.status != 204 && head.status != 304) {
    return refuse_response("a body without a length");
  }
  return head;
}

// The rare answers: siblings, keys, failures. The client's own words for them will do.
void read_json(int status, std::string_view body, Verb verb, Answer& answer) {
  const HttpAnswer whole{
      .status = status, .content_type = "application/json", .body = std::string(body)};
  const auto failed = [&](const Failure& failure) {
    answer.kind = Answer::Kind::failed;
    answer.error = failure.code;
    answer.sentence = failure.detail;
  };
  if (status == 300 && verb == Verb::get) {
    auto found = found_in(whole);
    if (!found) return failed(found.error());
    answer.siblings = std::move(found->values);
  } else if (status == 200 && verb == Verb::scan) {
    auto page = key_page_in(whole);
    if (!page) return failed(page.error());
    answer.cursor = page->cursor.value_or("");
  } else {
    failed(failure_in(whole));
  }
}

std::string query_of(const Copies& copies, std::string_view number,
                     std::optional<std::uint32_t> count) {
  if (!copies.level.empty()) return fmt::format("?consistency={}", copies.level);
  return count ? fmt::format("?{}={}", number, *count) : std::string();
}

class Http final : public Dialect {
 public:
  Http(const std::string& host, const Copies& copies)
      : behind_get_(fmt::format(
            "{} HTTP/1.1\r\nHost: {}\r\nAccept: application/octet-stream\r\n\r\n",
            query_of(copies, "r", copies.r), host)),
        behind_put_(fmt::format("{} HTTP/1.1\r\nHost: {}\r\n"
                                "Content-Type: application/octet-stream\r\n"
                                "Content-Length: ",
                                query_of(copies, "w", copies.w), host)),
        behind_scan_(fmt::format(" HTTP/1.1\r\nHost: {}\r\n\r\n", host)) {}

  void append(std::string& out, const Request& request) const override {
    switch (request.verb) {
      case Verb::get:
        out.append("GET /api/v1/kv/").append(request.key).append(behind_get_);
        return;
      case Verb::put: {
        const fmt::format_int length(request.value.size());
        out.append("PUT /api/v1/kv/").append(request.key).append(behind_put_);
        out.append(length.data(), length.size()).append(kHeadEnd).append(request.value);
        return;
      }
      case Verb::scan:
        out += fmt::format("GET /api/v1/keys?limit={}", request.limit);
        if (!request.cursor.empty()) {
          out.append("&cursor=").append(url_piece(request.cursor));
        }
        out += behind_scan_;
        return;
    }
  }

  [[nodiscard]] Result<std::size_t> read(std::string_view in, Verb verb,
                                         Answer& answer) const override {
    const auto end = in.substr(0, kHeadBytesMost).find(kHeadEnd);
    if (end == std::string_view::npos) {
      if (in.size() >= kHeadBytesMost)
        return refuse_response("headers of more than 32 KiB");
      return 0;
    }
    const auto head = read_head(in.substr(0, end));
    if (!head) return std::unexpected(head.error());
    const std::size_t begin = end + kHeadEnd.size();
    const auto length = static_cast<std::size_t>(head->length.value_or(0));
    if (in.size() - begin < length) return 0;
    const std::string_view body = in.substr(begin, length);
    answer.closes = head->closes;
    if (head->status == 404 && verb == Verb::get) {
      answer.kind = Answer::Kind::missing;
    } else if (head->status == 200 && verb == Verb::get) {
      answer.value = body;
    } else if (head->status != 200 || verb == Verb::scan) {
      read_json(head->status, body, verb, answer);
    }
    return begin + length;
  }

 private:
  std::string behind_get_;
  std::string behind_put_;
  std::string behind_scan_;
};

}  // namespace

std::unique_ptr<Dialect> http_dialect(const std::string& host, const Copies& copies) {
  return std::make_unique<Http>(host, copies);
}

}  // namespace kv::bench
