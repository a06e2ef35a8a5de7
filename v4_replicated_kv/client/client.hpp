// The store, for a C++ program.
//
//   kv::Client store({.endpoints = {"http://127.0.0.1:8080", "http://127.0.0.1:8081"}});
//   if (auto put = store.put("cart", "apples"); !put) complain(put.error().detail);
//   auto cart = store.get("cart");  // cart->values: none, one, or siblings
//
// Idea      any node coordinates any request, so where one says nothing the next is asked.
//           Each write has an id of its own, and keeps it when it is asked again: whatever
//           the first node did, it is one write.
// Breaks if  a failure with `is_unknown` is taken for "not written".
// Left out  routing: a node that does not own a key sends on what it is asked.
// Threads   one at a time; as many clients as there are threads.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "v4_replicated_kv/client/failure.hpp"
#include "v4_replicated_kv/client/http_connection.hpp"

namespace kv {

struct ClientOptions {
  std::vector<std::string> endpoints{"http://127.0.0.1:8080"};  // at least one
  std::chrono::milliseconds timeout{5000};  // of a request, all its tries together
};

// How many copies a request waits for, and how long.
struct CopiesAsked {
  std::string consistency{};            // one, quorum, all, linearizable; or
  std::optional<std::size_t> copies{};  // R or W as a number; neither: the cluster's
  std::optional<std::chrono::milliseconds> timeout{};  // of the node; none: its own
};

struct PutHow {
  CopiesAsked asked{};
  std::string context{};  // siblings: from the answer that was seen
  std::optional<std::uint64_t> ttl_s{};
  std::string request_id{};  // empty: one is made
};

struct DeleteHow {
  CopiesAsked asked{};
  std::string context{};
  std::string request_id{};
};

struct WriteResult {
  std::size_t acks = 0;  // owners that have it on their disks,
  std::size_t w = 0;     // of those that were waited for,
  std::size_t n = 0;     // of those that there are
  std::string context{};
};

struct ReadResult {
  std::vector<std::string> values{};  // none: the key is not there; several: siblings
  std::string context{};
  std::size_t replies = 0;
  std::size_t r = 0;
  std::size_t n = 0;
};

struct KeyPage {
  std::vector<std::string> keys{};
  std::optional<std::string> cursor{};  // none at the end
};

struct BatchPut {
  std::string key;
  std::string value;
};
struct BatchGet {
  std::string key;
};
struct BatchDelete {
  std::string key;
};
using BatchOperation = std::variant<BatchPut, BatchGet, BatchDelete>;
using BatchResult = Answered<std::variant<WriteResult, ReadResult>>;

class Client {
 public:
  explicit Client(ClientOptions options);

  // Keys have 1 to 4,096 bytes, values up to 16 MiB, of any content.
  [[nodiscard]] Answered<WriteResult> put(std::string_view key, std::string_view value,
                                          const PutHow& how = {});
  [[nodiscard]] Answered<ReadResult> get(std::string_view key,
                                         const CopiesAsked& asked = {});
  // Also of a key that was never there.
  [[nodiscard]] Answered<WriteResult> erase(std::string_view key,
                                            const DeleteHow& how = {});

  // Each operation by itself: no transaction. A result for each, in their order.
  [[nodiscard]] Answered<std::vector<BatchResult>> batch(
      const std::vector<BatchOperation>& operations);

  // Keys that begin with `prefix`, in no order that means anything. A page may be empty
  // though more follow; a key that is there all the time appears at least once.
  [[nodiscard]] Answered<KeyPage> keys(std::string_view prefix, std::size_t limit,
                                       const std::optional<std::string>& cursor = {});

  // What a node answers at this path, such as "/api/v1/cluster/health", whatever it is.
  [[nodiscard]] Answered<HttpAnswer> fetch(const std::string& path);

 private:
  // Method, headers and body; `path` goes behind an endpoint.
  [[nodiscard]] Answered<HttpAnswer> ask(HttpCall call, const std::string& path,
                                         bool is_write);

  ClientOptions options_;
  HttpConnection connection_;
  std::size_t next_ = 0;  // the endpoint that answered last
};

}  // namespace kv
