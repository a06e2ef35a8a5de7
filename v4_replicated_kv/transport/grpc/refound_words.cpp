#include "v4_replicated_kv/transport/grpc/refound_words.hpp"

#include <string>
#include <utility>

#include "v4_replicated_kv/placement/member.hpp"
#include "v4_replicated_kv/transport/grpc/introduction.hpp"

namespace kv {

namespace {

constexpr std::size_t kReasonBytesMax = 4096;

std::unexpected<Error> senseless(std::string_view what) {
  return fail(Errc::corrupt, "introduction of a node: " + std::string(what));
}

std::string cut(const std::string& text) {
  return text.substr(0, kReasonBytesMax);
}

Errc code_for(v1::RefoundRefusal why) {
  if (why == v1::REFOUND_REFUSAL_BUSY) return Errc::locked;
  return why == v1::REFOUND_REFUSAL_UNREACHABLE ? Errc::io : Errc::conflict;
}

v1::RefoundRefusal word_of(Errc code) {
  if (code == Errc::locked) return v1::REFOUND_REFUSAL_BUSY;
  return code == Errc::io ? v1::REFOUND_REFUSAL_UNREACHABLE
                          : v1::REFOUND_REFUSAL_CONFLICT;
}

}  // namespace

void write(v1::RefoundQuestion& out, const RefoundQuestion& question) {
  out.set_verb(static_cast<v1::RefoundVerb>(static_cast<int>(question.verb) + 1));
  out.set_attempt(question.attempt);
  if (question.plan) out.set_plan(encode(*question.plan));
  out.set_address(question.address);
  out.set_weight(question.weight);
}

void write(v1::RefoundAnswer& out, const RefoundAnswer& answer) {
  out.set_disk(answer.disk);
  out.set_members(answer.members);
  out.set_unfit(cut(answer.unfit));
  out.set_standing(static_cast<v1::RefoundStanding>(answer.standing));
  out.set_why(cut(answer.why));
  out.set_is_away(answer.is_away);
  out.set_refusal(word_of(answer.code));
}

Result<RefoundQuestion> read(const v1::RefoundQuestion& in) {
  const bool is_known =
      in.verb() >= v1::REFOUND_VERB_LOOK && in.verb() <= v1::REFOUND_VERB_ADD;
  if (!is_known) return senseless("a question that this program does not know");
  if (in.address().size() > kAddressBytesMax) return senseless("an address is too long");
  const bool in_bounds =
      in.weight() == 0 || (in.weight() >= kWeightMin && in.weight() <= kWeightMax);
  if (!in_bounds) return senseless("a weight that cannot be");
  RefoundQuestion question{.verb = static_cast<RefoundVerb>(in.verb() - 1),
                           .attempt = in.attempt(),
                           .address = in.address(),
                           .weight = in.weight()};
  if (question.verb != RefoundVerb::prepare) return question;
  auto plan = decode_refoundation(in.plan());
  if (!plan) return std::unexpected(plan.error());
  question.plan = *std::move(plan);
  return question;
}

Result<RefoundAnswer> read(const v1::RefoundAnswer& in) {
  const bool is_known = in.standing() >= v1::REFOUND_STANDING_NONE &&
                        in.standing() <= v1::REFOUND_STANDING_REFUSED;
  if (!is_known) return senseless("an answer that this program does not know");
  if (in.unfit().size() > kReasonBytesMax || in.why().size() > kReasonBytesMax) {
    return senseless("a reason is too long");
  }
  return RefoundAnswer{.disk = in.disk(),
                       .members = in.members(),
                       .unfit = in.unfit(),
                       .is_away = in.is_away(),
                       .standing = static_cast<RefoundStanding>(in.standing()),
                       .code = code_for(in.refusal()),
                       .why = in.why()};
}

}  // namespace kv
