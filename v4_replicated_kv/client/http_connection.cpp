#include "v4_replicated_kv/client/http_connection.hpp"

#include <array>
#include <mutex>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "common/base/check.hpp"

namespace kv {

namespace {

constexpr long kConnectMsMax = 2000;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

// Once in a process, before the first thread of it uses the library.
void prepare_library() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

std::size_t take_body(char* bytes, std::size_t one, std::size_t count, void* answer) {
  std::string& body = static_cast<HttpAnswer*>(answer)->body;
  const bool fits = body.size() + count <= kHttpAnswerBytesMax;
  if (!fits) return CURL_WRITEFUNC_ERROR;
  body.append(bytes, one * count);
  return one * count;
}

HeaderList headers_of(const HttpCall& call) {
  HeaderList list;
  const auto add = [&](const std::string& line) {
    list.reset(curl_slist_append(list.release(), line.c_str()));
    KV_CHECK(list != nullptr, "a line of a header has room");
  };
  for (const std::string& header : call.headers) add(header);
  add("Expect:");  // no round trip in advance of a body
  return list;
}

// Nobody was there to hear it: then nothing can have been written.
bool reached_nobody(CURLcode code) {
  return code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST ||
         code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
}

// Somebody answered, and it was no HTTP.
bool is_no_http(CURLcode code) {
  return code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY;
}

std::string sentence_for(const std::string& url, CURLcode code, const std::string& said) {
  if (is_no_http(code)) {
    return fmt::format(
        "{}: who listens there speaks no HTTP; is it the port of gRPC, of the Redis "
        "protocol or of nodes? Give the address of listen.http (--endpoint)",
        url);
  }
  return fmt::format("{}: {}", url, said.empty() ? curl_easy_strerror(code) : said);
}

}  // namespace

struct HttpConnection::Handle {
  Handle() {
    prepare_library();
    curl = curl_easy_init();
    KV_CHECK(curl != nullptr, "a handle of libcurl needs only memory");
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl); }

  CURL* curl = nullptr;
  std::array<char, CURL_ERROR_SIZE> sentence{};
};

HttpConnection::HttpConnection() : handle_(std::make_unique<Handle>()) {}
HttpConnection::HttpConnection(HttpConnection&&) noexcept = default;
HttpConnection& HttpConnection::operator=(HttpConnection&&) noexcept = default;
HttpConnection::~HttpConnection() = default;

Answered<HttpAnswer> HttpConnection::send(const HttpCall& call) {
  CURL* const curl = handle_->curl;
  curl_easy_reset(curl);  // the connection stays
  HttpAnswer answer;
  const HeaderList headers = headers_of(call);
  handle_->sentence.front() = '\0';
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->sentence.data());
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_URL, call.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);  // ".." is a key, and no way up
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call.method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMsMax);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(call.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  if (call.body) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call.body->data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(call.body->size()));
  }
  if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK) {
    return std::unexpected(
        Failure{.code = "no_answer",
                .detail = sentence_for(call.url, code, handle_->sentence.data()),
                .is_unknown = !reached_nobody(code)});
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  answer.status = static_cast<int>(status);
  const char* type = nullptr;
  curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) answer.content_type = type;
  curl_header* context = nullptr;
  if (curl_easy_header(curl, "X-Context", 0, CURLH_HEADER, -1, &context) == CURLHE_OK) {
    answer.context = context->value;
  }
  return answer;
}

std::string url_piece(std::string_view bytes) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string piece;
  for (const char byte : bytes) {
    if (kPlain.contains(byte)) {
      piece += byte;
    } else {
      piece += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
    }
  }
  return piece;
}

}  // namespace kv
