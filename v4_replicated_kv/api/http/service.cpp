#include "v4_replicated_kv/api/http/service.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "common/base/whole_number.hpp"
#include "v4_replicated_kv/api/http/batch.hpp"
#include "v4_replicated_kv/api/http/cluster_answer.hpp"
#include "v4_replicated_kv/api/http/head_check.hpp"
#include "v4_replicated_kv/api/http/json_body.hpp"
#include "v4_replicated_kv/api/http/kv_answer.hpp"
#include "v4_replicated_kv/api/http/words.hpp"
#include "v4_replicated_kv/api/request_id.hpp"
#include "v4_replicated_kv/placement/partition_table.hpp"
#include "v4_replicated_kv/runtime/clocks.hpp"

namespace kv::http {

namespace {

constexpr std::string_view kBytes = "application/octet-stream";

// Of a body that is not looked at, and of what is around a value.
constexpr std::size_t kSmallBody = std::size_t{64} << 10;

// A media type without its parameters.
std::string_view media_type(std::string_view text) {
  return trimmed(take_until(text, ';'));
}

// Whichever of the two a client names first.
bool prefers_bytes(std::string_view accept) {
  while (!accept.empty()) {
    const std::string_view type = media_type(take_until(accept, ','));
    if (same_word(type, kBytes)) return true;
    if (same_word(type, "application/json")) return false;
  }
  return false;
}

// What nobody can say who is in no cluster yet.
bool tells_of_ring(What what) {
  return what == What::ready || what == What::stats || what == What::nodes ||
         what == What::ring;
}

}  // namespace

OrRefused<Parameters> Service::parameters_of(const Route& route) const {
  switch (route.what) {
    case What::get:
    case What::get_named:
      return read_parameters(route.query, {"r", "w", "consistency", "timeout_ms"});
    case What::put_named:
      return read_parameters(route.query,
                             {"r", "w", "consistency", "timeout_ms", "ttl_s"});
    case What::put:
      return read_parameters(route.query,
                             {"r", "w", "consistency", "timeout_ms", "ttl_s", "context"});
    case What::erase:
      return read_parameters(route.query,
                             {"r", "w", "consistency", "timeout_ms", "context"});
    case What::batch:
      return read_parameters(route.query, {"r", "w", "consistency", "timeout_ms"});
    case What::keys:
      return read_parameters(route.query, {"prefix", "limit", "cursor", "timeout_ms"});
    case What::ring:
      return read_parameters(route.query, {"key"});
    case What::add_server:
    case What::health:
    case What::stats:
    case What::nodes:
    case What::alive:
    case What::ready:
      break;
  }
  return read_parameters(route.query, {});
}

OrRefused<void> Service::check_copies(const Parameters& parameters) const {
  const bool is_known = !port_.ring().members.empty();
  const std::size_t copies = is_known ? port_.ring().table.copies() : kCopiesMax;
  for (const auto& [name, asked] :
       {std::pair{"r", parameters.r}, std::pair{"w", parameters.w}}) {
    if (asked && (*asked < 1 || *asked > copies)) {
      return refuse(fmt::format("{} is 1 to {}, {}, not {}", name, copies,
                                is_known ? "the copies of a key" : "the most copies",
                                *asked));
    }
  }
  return {};
}

std::size_t Service::body_bytes_max(What what, bool brings_bytes) const {
  if (what == What::put && brings_bytes) return value_bytes_max_;
  // Base64 needs a third more, and JSON six letters for some bytes: where that does not
  // suffice, a value goes as base64, or as it is.
  if (what == What::put || what == What::put_named || what == What::batch) {
    return 2 * value_bytes_max_ + kSmallBody;
  }
  return kSmallBody;
}

Plan Service::plan(const HttpRequest& head) const {
  Plan plan{.body_bytes_max = kSmallBody};
  const auto stop = [&plan](Refusal why) {
    plan.refused = std::move(why);
    return plan;
  };
  plan.is_head = head.method == "HEAD";
  auto route = route_of(head.method, head.target);
  if (!route) return stop(std::move(route.error()));
  plan.what = route->what;
  plan.brings_bytes = same_word(media_type(head.content_type), kBytes);
  plan.wants_bytes = prefers_bytes(head.accept);
  plan.body_bytes_max = body_bytes_max(plan.what, plan.brings_bytes);
  for (const auto& checked :
       {check_page(head, own_.names), check_head(head, plan.what)}) {
    if (!checked) return stop(checked.error());
  }
  auto parameters = parameters_of(*route);
  if (!parameters) return stop(std::move(parameters.error()));
  if (const auto checked = check_copies(*parameters); !checked) {
    return stop(checked.error());
  }
  if (parameters->key && parameters->key->empty()) {
    return stop({.why = "the key is empty: it has at least one byte"});
  }
  plan.parameters = *std::move(parameters);
  plan.key = std::move(route->key);
  return plan;
}

OrRefused<Request> Service::request_for(Plan& plan, HttpRequest& request) const {
  Parameters& parameters = plan.parameters;
  std::optional<NamedBody> named;
  if (plan.what == What::get_named || plan.what == What::put_named) {
    auto body = read_named(request.body, plan.what == What::put_named, value_bytes_max_);
    if (!body) return std::unexpected(std::move(body.error()));
    named = *std::move(body);
    plan.key = std::move(named->key);
  }
  Request asked{.key = std::move(plan.key),
                .consistency = {.level = parameters.level},
                .patience = parameters.patience,
                .ttl_ms = parameters.ttl_ms};
  if (plan.what == What::get || plan.what == What::get_named) {
    asked.consistency.answers = parameters.r;
    return asked;
  }
  asked.verb = plan.what == What::erase ? Verb::erase : Verb::put;
  asked.consistency.answers = parameters.w;
  asked.id = request_id_of(request.request_id).value_or(RequestId{0});
  if (named) {
    asked.value = std::move(named->value);
  } else if (plan.what == What::put && plan.brings_bytes) {
    asked.value = std::move(request.body);
  } else if (plan.what == What::put) {
    auto body = read_put(request.body, value_bytes_max_);
    if (!body) return std::unexpected(std::move(body.error()));
    if (body->ttl_ms != 0 && asked.ttl_ms != 0) {
      return refuse("ttl_s is said twice: in the body and behind the question mark");
    }
    asked.value = std::move(body->value);
    asked.ttl_ms = std::max(asked.ttl_ms, body->ttl_ms);
    asked.context = std::move(body->context);
  }
  for (std::string* const context :
       {&request.context, parameters.context ? &*parameters.context : nullptr}) {
    if (context == nullptr || context->empty()) continue;
    if (!asked.context.empty()) return refuse("the context is said twice");
    asked.context = std::move(*context);
  }
  return asked;
}

void Service::ask(Plan plan, HttpRequest& request, Done done) {
  auto asked = request_for(plan, request);
  if (!asked) return done(answer_of(asked.error()));
  Asked about{.verb = asked->verb,
              .key = asked->key,
              .copies = port_.ring().table.copies(),
              .wants_bytes = plan.wants_bytes,
              .wants_text = plan.what == What::get_named};
  port_.ask(*std::move(asked),
            [about = std::move(about), id = std::move(request.request_id),
             done = std::move(done)](Reply reply) mutable {
              Answer answer = kv_answer(about, reply, wall_time());
              answer.request_id = std::move(id);
              answer.loans = std::move(reply.loans);
              done(std::move(answer));
            });
}

void Service::add_server(const HttpRequest& request, Done done) {
  if (!add_server_) {
    return done(
        answer_of({404, "not_found",
                   "this is a node: a proxy adds nodes to its cluster, ask one"}));
  }
  auto server = read_add_server(request.body);
  if (!server) return done(answer_of(server.error()));
  add_server_(*std::move(server), std::move(done));
}

void Service::list(Plan plan, Done done) {
  Parameters& parameters = plan.parameters;
  constexpr std::size_t kUsual = 100;
  Request asked{.verb = Verb::list,
                .key = parameters.prefix.value_or(""),
                .patience = parameters.patience,
                .limit = static_cast<std::uint32_t>(parameters.limit.value_or(kUsual))};
  if (parameters.cursor) {
    const auto from = whole_number(*parameters.cursor);
    if (!from) {
      return done(
          answer_of({.why = "cursor is what the page before said, as it said it"}));
    }
    asked.from = KeyHash{*from};
  }
  port_.ask(std::move(asked),
            [copies = port_.ring().table.copies(), done = std::move(done)](
                const Reply& reply) mutable { done(keys_answer(reply, copies)); });
}

void Service::run_batch(const Plan& plan, const HttpRequest& request, Done done) {
  auto operations = read_batch(request.body, value_bytes_max_);
  if (!operations) return done(answer_of(operations.error()));
  Batch::Common common{.id = request.request_id};
  for (Request* const one : {&common.read, &common.write}) {
    one->consistency.level = plan.parameters.level;
    one->patience = plan.parameters.patience;
  }
  common.read.consistency.answers = plan.parameters.r;
  common.write.consistency.answers = plan.parameters.w;
  Batch::run(port_, *std::move(operations), std::move(common), std::move(done));
}

Answer Service::told(const Plan& plan) const {
  if (port_.ring().members.empty() && tells_of_ring(plan.what)) {
    return nowhere_answer(port_.stats());
  }
  switch (plan.what) {
    case What::ready:
      return ready_answer(port_.stats(), port_.ring());
    case What::health:
      return health_answer(port_.stats());
    case What::stats:
      return stats_answer(port_.stats(), port_.ring());
    case What::nodes:
      return nodes_answer(port_.stats(), port_.ring(), port_.neighbours(), own_.address);
    case What::ring:
      if (!plan.parameters.key) return ring_answer(port_.ring());
      if (!own_.hash) return answer_of({503, "not_ready", "nobody knows the hash here"});
      return owners_answer(port_.ring(), *plan.parameters.key,
                           own_.hash(*plan.parameters.key));
    default:
      return alive_answer();
  }
}

void Service::carry_out(Plan plan, HttpRequest& request, Done done) {
  if (plan.refused) return done(answer_of(*plan.refused));
  switch (plan.what) {
    case What::get:
    case What::put:
    case What::erase:
    case What::get_named:
    case What::put_named:
      return ask(std::move(plan), request, std::move(done));
    case What::batch:
      return run_batch(plan, request, std::move(done));
    case What::add_server:
      return add_server(request, std::move(done));
    case What::keys:
      return list(std::move(plan), std::move(done));
    default:
      return done(told(plan));
  }
}

}  // namespace kv::http
