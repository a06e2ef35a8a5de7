#include "v4_replicated_kv/serve/adding.hpp"

#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "common/base/text.hpp"
#include "v4_replicated_kv/client/client.hpp"
#include "v4_replicated_kv/configuration/address.hpp"

namespace kv {

namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kAddingTime{40};
constexpr std::chrono::milliseconds kHttpTime{2000};
constexpr std::chrono::milliseconds kStartTime{2000};
constexpr std::size_t kWaitingMax = 16;
constexpr std::string_view kBusy =
    "this proxy goes over to another ring, or stops: ask again";

struct NodeAtUrl {
  std::string name;
  std::string grpc;
};

std::string text_of(const json::value& object, std::string_view field) {
  json::error_code failed;
  const json::value* const at = object.find_pointer("/" + std::string(field), failed);
  return at != nullptr && at->is_string() ? std::string(at->get_string()) : "";
}

Result<json::value> fetched(Client& client, const std::string& path,
                            const std::string& url) {
  const auto answer = client.fetch(path);
  if (!answer) {
    return fail(Errc::io, fmt::format("the node at {} does not answer: {}",
                                      printable(url), answer.error().detail));
  }
  json::error_code failed;
  json::value read = json::parse(answer->body, failed);
  if (answer->status != 200 || failed) {
    return fail(Errc::io, fmt::format("at {} there is no node, or none that serves now",
                                      printable(url)));
  }
  return read;
}

// Who is there: over HTTP, since that is the address that people know.
Result<NodeAtUrl> node_at(const std::string& url) {
  Client client({.endpoints = {url}, .timeout = kHttpTime});
  const auto stats = fetched(client, "/api/v1/cluster/stats", url);
  if (!stats) return std::unexpected(stats.error());
  const auto nodes = fetched(client, "/api/v1/cluster/nodes", url);
  if (!nodes) return std::unexpected(nodes.error());
  const std::string name = text_of(*stats, "node");
  if (nodes->is_array()) {
    // A node knows at least itself, once it has looked.
    if (nodes->get_array().empty()) {
      return fail(Errc::stopped, fmt::format("{} has only just started", printable(url)));
    }
    for (const json::value& node : nodes->get_array()) {
      if (text_of(node, "id") != name) continue;
      std::string grpc = text_of(node, "grpc");
      if (!grpc.empty()) return NodeAtUrl{name, std::move(grpc)};
      return fail(
          Errc::conflict,
          fmt::format("{} has no gRPC door, and other nodes cannot reach it: start "
                      "it with --grpc",
                      printable(name)));
    }
  }
  return fail(Errc::conflict,
              fmt::format("what is at {} is no node: give the HTTP address of one",
                          printable(url)));
}

// "host:port", with or without http:// before it.
bool is_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with(kScheme)) text.remove_prefix(kScheme.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  return parse_address(text).has_value();
}

}  // namespace

void Adding::take(http::ServerToAdd what, Done done) {
  if (!is_url(what.url)) {
    return done(
        http::answer_of({.why = "url is a node's HTTP address: http://host:port"}));
  }
  bool is_open = false;
  {
    const std::scoped_lock lock(mutex_);
    is_open = is_open_;
    if (is_open && waiting_.size() < kWaitingMax) {
      waiting_.push_back({std::move(what), std::move(done)});
      return;
    }
  }
  if (!is_open) return done(http::answer_of({503, "not_ready", std::string(kBusy)}));
  done(http::answer_of({429, "overloaded", "too many nodes are being added: ask later"}));
}

bool Adding::begin() {
  const std::scoped_lock lock(mutex_);
  if (waiting_.empty()) return false;
  now_ = std::move(waiting_.front());
  waiting_.pop_front();
  grpc_.clear();
  trouble_ = "no member answers";
  attempt_ = chance_.next();
  turn_ = 0;
  until_ = Clock::now() + kAddingTime;
  is_asked_ = false;
  return true;
}

Adding::Answered Adding::end(int status, std::string_view code, std::string why) {
  Request request = *std::exchange(now_, std::nullopt);
  heard_.reset();
  return {.done = std::move(request.done),
          .answer = http::answer_of({status, code, std::move(why)})};
}

std::optional<Adding::Answered> Adding::give_up() {
  if (!now_ && !begin()) return std::nullopt;
  return end(503, "not_ready", std::string(kBusy));
}

void Adding::open(bool is) {
  const std::scoped_lock lock(mutex_);
  is_open_ = is;
}

std::optional<Adding::Answered> Adding::tick(
    const std::vector<MemberAddresses>& members) {
  if (!now_ && !begin()) return std::nullopt;
  if (grpc_.empty()) {
    const auto node = node_at(now_->what.url);
    if (!node) {
      const bool is_conflict = node.error().code == Errc::conflict;
      // Its door is closed for a moment where it has just been added.
      if (!is_conflict && Clock::now() < until_ - kAddingTime + kStartTime) {
        return std::nullopt;
      }
      return end(is_conflict ? 409 : 503, is_conflict ? "conflict" : "not_ready",
                 node.error().detail);
    }
    name_ = node->name;
    grpc_ = node->grpc;
  }
  if (Clock::now() > until_) {
    return end(503, "not_ready",
               fmt::format("nobody knows whether {} was added ({}): ask again",
                           printable(name_), trouble_));
  }
  if (!is_asked_) {
    ask(members);
    return std::nullopt;
  }
  std::optional<Result<IAm>> answer;
  {
    const std::scoped_lock lock(heard_->mutex);
    answer = std::exchange(heard_->answer, std::nullopt);
  }
  if (!answer) return std::nullopt;
  is_asked_ = false;
  return look(*answer);
}

void Adding::ask(const std::vector<MemberAddresses>& members) {
  const std::string whom = members.empty() ? grpc_ : members[turn_ % members.size()].grpc;
  heard_ = std::make_shared<Heard>();
  is_asked_ = true;
  ask_(whom,
       {.verb = RefoundVerb::add,
        .attempt = attempt_,
        .address = grpc_,
        .weight = now_->what.weight},
       [heard = heard_](Result<IAm> answer) {
         const std::scoped_lock lock(heard->mutex);
         heard->answer = std::move(answer);
       });
}

std::optional<Adding::Answered> Adding::look(const Result<IAm>& answer) {
  if (!answer || !answer->refound) {
    if (!answer) trouble_ = answer.error().detail;
    ++turn_;
    return std::nullopt;
  }
  const RefoundAnswer& said = *answer->refound;
  if (said.standing == RefoundStanding::done) {
    Answered all = end(200, "", "");
    all.answer = {.body =
                      fmt::format(R"({{"status":"added","nodes":{}}})", said.members)};
    all.said = *answer;
    return all;
  }
  if (said.standing != RefoundStanding::refused) return std::nullopt;  // under way
  if (said.code == Errc::locked) {
    trouble_ = said.why;
    attempt_ = chance_.next();
    ++turn_;
    return std::nullopt;
  }
  if (said.code == Errc::io) return end(503, "not_ready", said.why);
  return end(409, "conflict", said.why);
}

}  // namespace kv
