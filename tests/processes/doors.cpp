#include "tests/processes/doors.hpp"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include <doctest/doctest.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <hiredis/hiredis.h>
#include <kv/v1/key_value.grpc.pb.h>

namespace kv::test {

namespace {

constexpr std::chrono::seconds kAnswerTime{20};

std::string in_small_letters(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return text;
}

class OverHttp : public OneDoor {
 public:
  explicit OverHttp(const std::string& address)
      : client_({.endpoints = {address}, .timeout = kAnswerTime}) {}

  std::string put(std::string_view key, std::string_view value) override {
    const auto stored = client_.put(key, value);
    return stored ? "ok" : stored.error().code;
  }
  Found get(std::string_view key) override {
    auto found = client_.get(key);
    if (!found) return {.word = found.error().code};
    if (found->values.empty()) return {.word = "ok"};
    return {.word = "ok", .value = std::move(found->values.front())};
  }

 private:
  Client client_;
};

class OverResp : public OneDoor {
 public:
  explicit OverResp(const std::string& address) {
    const timeval patience{.tv_sec = kAnswerTime.count(), .tv_usec = 0};
    context_.reset(::redisConnectWithTimeout("127.0.0.1", port_in(address), patience));
    REQUIRE(context_ != nullptr);
    ::redisSetTimeout(context_.get(), patience);
  }

  std::string put(std::string_view key, std::string_view value) override {
    return ask({"SET", key, value}).word;
  }
  Found get(std::string_view key) override { return ask({"GET", key}); }

 private:
  struct FreeContext {
    void operator()(redisContext* context) const { ::redisFree(context); }
  };

  Found ask(const std::vector<std::string_view>& words) {
    std::vector<const char*> begins;
    std::vector<std::size_t> sizes;
    for (const std::string_view word : words) {
      begins.push_back(word.data());
      sizes.push_back(word.size());
    }
    auto* const reply = static_cast<redisReply*>(::redisCommandArgv(
        context_.get(), static_cast<int>(words.size()), begins.data(), sizes.data()));
    if (reply == nullptr) return {.word = context_->errstr};
    Found found{.word = "ok"};
    const std::string text(reply->str == nullptr ? "" : reply->str, reply->len);
    if (reply->type == REDIS_REPLY_STRING) found.value = text;
    if (reply->type == REDIS_REPLY_ERROR) found.word = word_of(text);
    ::freeReplyObject(reply);
    return found;
  }

  // As the others name it: "DISKFULL no room" is disk_full.
  static std::string word_of(const std::string& error) {
    const std::string word = in_small_letters(error.substr(0, error.find(' ')));
    return word == "diskfull" ? "disk_full" : word == "err" ? error : word;
  }

  std::unique_ptr<redisContext, FreeContext> context_;
};

class OverGrpc : public OneDoor {
 public:
  explicit OverGrpc(const std::string& address) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
    stub_ = v1::KeyValue::NewStub(grpc::CreateCustomChannel(
        address, grpc::InsecureChannelCredentials(), arguments));
  }

  std::string put(std::string_view key, std::string_view value) override {
    v1::PutRequest request;
    request.set_key(std::string(key));
    request.set_value(std::string(value));
    v1::PutResponse response;
    Asked asked;
    return asked.word(stub_->Put(&asked.context, request, &response));
  }
  Found get(std::string_view key) override {
    v1::GetRequest request;
    request.set_key(std::string(key));
    v1::GetResponse response;
    Asked asked;
    Found found{.word = asked.word(stub_->Get(&asked.context, request, &response))};
    if (response.values_size() > 0) found.value = response.values(0);
    return found;
  }

 private:
  struct Asked {
    Asked() {
      context.set_deadline(std::chrono::system_clock::now() + kAnswerTime);
      context.set_wait_for_ready(false);
    }
    std::string word(const grpc::Status& status) const {
      if (status.ok()) return "ok";
      const auto& metadata = context.GetServerTrailingMetadata();
      const auto at = metadata.find("kv-failure-bin");
      v1::Failure failure;
      if (at == metadata.end() ||
          !failure.ParseFromString({at->second.data(), at->second.size()})) {
        return "without a failure: " + status.error_message();
      }
      return in_small_letters(v1::Code_Name(failure.code()).substr(sizeof "CODE_" - 1));
    }
    grpc::ClientContext context;
  };

  std::unique_ptr<v1::KeyValue::Stub> stub_;
};

}  // namespace

std::unique_ptr<OneDoor> door_named(std::string_view name, const ClusterNode& node) {
  if (name == "http") return std::make_unique<OverHttp>(node.http);
  if (name == "resp") return std::make_unique<OverResp>(node.resp);
  return std::make_unique<OverGrpc>(node.grpc);
}

}  // namespace kv::test
