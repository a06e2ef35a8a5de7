#include "v4_replicated_kv/kv/batch.hpp"

#include <cerrno>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/base/base64.hpp"
#include "common/base/text.hpp"
#include "common/command_line/output.hpp"
#include "v4_replicated_kv/kv/kv_print.hpp"
#include "v4_replicated_kv/wal/line.hpp"

namespace kv {

namespace {

constexpr std::size_t kOperationsAtOnce = 256;
constexpr std::size_t kBytesAtOnce = std::size_t{1} << 20;
constexpr std::size_t kSentencesMax = 100;
constexpr std::string_view kGet = "GET";

Result<BatchOperation> operation_of(std::string_view line) {
  const std::string_view kind = line.substr(0, line.find(','));
  const bool is_get = kind == kGet;
  if (!is_get && kind != "SET" && kind != "DEL") {
    return fail(Errc::bad_input, fmt::format("{}: a line begins with SET, DEL, GET or #",
                                             printable(kind)));
  }
  // A get is written like a delete: a key, and no value.
  const std::string as_delete =
      is_get ? fmt::format("DEL{}", line.substr(kGet.size())) : std::string();
  auto parsed = parse_log_line(is_get ? std::string_view(as_delete) : line);
  if (!parsed) return std::unexpected(parsed.error());
  if (is_get) return BatchGet{.key = std::move(parsed->key)};
  if (!parsed->is_set) return BatchDelete{.key = std::move(parsed->key)};
  return BatchPut{.key = std::move(parsed->key), .value = std::move(parsed->value)};
}

const std::string& key_of(const BatchOperation& operation) {
  return std::visit([](const auto& one) -> const std::string& { return one.key; },
                    operation);
}

std::size_t bytes_of(const BatchOperation& operation) {
  const auto* const put = std::get_if<BatchPut>(&operation);
  return key_of(operation).size() + (put == nullptr ? 0 : put->value.size());
}

class Batch {
 public:
  Batch(Client& client, bool json) : client_(client), json_(json) {}

  Result<void> add(std::uint64_t line, BatchOperation operation) {
    const bool is_full = operations_.size() == kOperationsAtOnce ||
                         bytes_ + bytes_of(operation) > kBytesAtOnce;
    if (is_full || keys_.contains(key_of(operation))) {
      if (auto sent = send(); !sent) return sent;
    }
    bytes_ += bytes_of(operation);
    keys_.insert(key_of(operation));
    lines_.push_back(line);
    operations_.push_back(std::move(operation));
    return {};
  }

  Result<void> send() {
    if (operations_.empty()) return {};
    const auto results = client_.batch(operations_);
    std::string text;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (!results) {
        failed(i, results.error());
      } else if (const BatchResult& result = (*results)[i]; !result) {
        failed(i, result.error());
      } else {
        ++done_.done;
        if (const auto* const found = std::get_if<ReadResult>(&*result)) {
          append(text, key_of(operations_[i]), *found);
        }
      }
    }
    operations_.clear();
    lines_.clear();
    keys_.clear();
    bytes_ = 0;
    return write_output(text);
  }

  [[nodiscard]] BatchDone take() { return std::move(done_); }

 private:
  void append(std::string& text, const std::string& key, const ReadResult& found) const {
    if (json_) {
      text += found_json(key, found);
      return;
    }
    if (found.values.empty()) {
      text += fmt::format("# {} is not there\n", written_key(key));
      return;
    }
    for (const std::string& value : found.values) {
      text += fmt::format("SET,{},", written_key(key));
      append_base64(text, value);
      text += '\n';
    }
  }

  void failed(std::size_t i, const Failure& failure) {
    ++(failure.is_unknown ? done_.unknown : done_.failed);
    if (done_.sentences.size() == kSentencesMax) return;
    done_.sentences.push_back(
        fmt::format("line {}: {}", lines_[i], failure_text(failure)));
  }

  Client& client_;
  bool json_;
  std::vector<BatchOperation> operations_;
  std::vector<std::uint64_t> lines_;
  std::set<std::string> keys_;
  std::size_t bytes_ = 0;
  BatchDone done_;
};

// The next line without its newline; false at the end.
Result<bool> next_line(std::FILE& input, std::string& line) {
  line.clear();
  for (int byte = std::fgetc(&input); byte != EOF; byte = std::fgetc(&input)) {
    if (byte == '\n') return true;
    if (line.size() == kLogLineBytesMax) {
      return fail(Errc::bad_input,
                  fmt::format("is longer than {} bytes", kLogLineBytesMax));
    }
    line += static_cast<char>(byte);
  }
  if (std::ferror(&input) != 0) {
    return fail(Errc::io, fmt::format("cannot be read: {}",
                                      std::generic_category().message(errno)));
  }
  return !line.empty();
}

}  // namespace

Result<BatchDone> run_lines(std::FILE& input, Client& client, bool json) {
  Batch batch(client, json);
  std::string line;
  for (std::uint64_t number = 1;; ++number) {
    const auto there = next_line(input, line);
    std::optional<Error> wrong;
    if (!there) wrong = there.error();
    if (there && *there && !is_remark(line)) {
      auto operation = operation_of(line);
      if (operation) {
        if (auto added = batch.add(number, *std::move(operation)); !added) {
          return std::unexpected(added.error());
        }
      } else {
        wrong = operation.error();
      }
    }
    const bool is_over = wrong || !*there;
    if (!is_over) continue;
    if (auto sent = batch.send(); !sent) return std::unexpected(sent.error());
    if (!wrong) return batch.take();
    return fail(wrong->code,
                fmt::format("line {}: {}; nothing was done from this line on", number,
                            wrong->detail));
  }
}

}  // namespace kv
