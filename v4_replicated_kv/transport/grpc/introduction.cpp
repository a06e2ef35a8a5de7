#include "v4_replicated_kv/transport/grpc/introduction.hpp"

#include <utility>

#include <fmt/format.h>

#include "v4_replicated_kv/placement/member.hpp"
#include "v4_replicated_kv/placement/partition_table.hpp"
#include "v4_replicated_kv/transport/grpc/refound_words.hpp"
#include "v4_replicated_kv/wire/secret.hpp"

namespace kv {

namespace {

std::unexpected<Error> odd(std::string_view what) {
  return fail(Errc::corrupt, fmt::format("introduction of a node: {}", what));
}

void write(v1::MemberAddresses& out, const MemberAddresses& addresses) {
  out.set_name(addresses.name);
  out.set_grpc(addresses.grpc);
  out.set_peer(addresses.peer);
  out.set_http(addresses.http);
}

void write(v1::Card& out, const Card& card) {
  write(*out.mutable_addresses(), card.addresses);
  out.set_weight(card.weight);
  out.set_zone(card.zone);
  out.set_boot(card.boot);
}

v1::ConflictPolicy policy_of(Policy policy) {
  return policy == Policy::siblings ? v1::CONFLICT_POLICY_SIBLINGS
                                    : v1::CONFLICT_POLICY_LAST_WRITE_WINS;
}

void write(v1::RingPlan& out, const RingPlan& plan) {
  out.set_copies(static_cast<std::uint32_t>(plan.copies));
  out.set_partitions(static_cast<std::uint32_t>(plan.partitions));
  out.set_policy(policy_of(plan.policy));
  out.set_vnodes(plan.vnodes);
}

void write(v1::RingOffer& out, const RingOffer& offer) {
  out.set_hash_seed(offer.hash_seed);
  for (const MemberAddresses& member : offer.members) write(*out.add_members(), member);
  out.set_ring(offer.ring);
}

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= kNameBytesMax;
}

Result<MemberAddresses> read(const v1::MemberAddresses& in) {
  if (!is_name(in.name())) return odd("a name has 1 to 255 bytes");
  for (const std::string* const address : {&in.grpc(), &in.peer(), &in.http()}) {
    if (address->size() > kAddressBytesMax) return odd("an address is too long");
  }
  return MemberAddresses{
      .name = in.name(), .grpc = in.grpc(), .peer = in.peer(), .http = in.http()};
}

Result<Card> read(const v1::Card& in) {
  auto addresses = read(in.addresses());
  if (!addresses) return std::unexpected(addresses.error());
  // Written so that what is no number at all is refused, too.
  const bool in_bounds = in.weight() >= kWeightMin && in.weight() <= kWeightMax;
  if (!in_bounds) return odd("a weight that cannot be");
  if (in.zone().size() > kNameBytesMax) return odd("a zone's name is too long");
  return Card{.addresses = *std::move(addresses),
              .weight = in.weight(),
              .zone = in.zone(),
              .boot = in.boot()};
}

Result<RingPlan> read(const v1::RingPlan& in) {
  const bool has_policy = in.policy() == v1::CONFLICT_POLICY_LAST_WRITE_WINS ||
                          in.policy() == v1::CONFLICT_POLICY_SIBLINGS;
  if (!has_policy) return odd("a policy that this program does not know");
  if (in.copies() > kCopiesMax || in.partitions() > kPartitionsMax) {
    return odd("a plan for more than there can be");
  }
  return RingPlan{.copies = in.copies(),
                  .partitions = in.partitions(),
                  .policy = in.policy() == v1::CONFLICT_POLICY_SIBLINGS
                                ? Policy::siblings
                                : Policy::last_write_wins,
                  .vnodes = in.vnodes()};
}

Result<RingOffer> read(const v1::RingOffer& in) {
  if (static_cast<std::size_t>(in.members_size()) > kMembersMax) {
    return odd("too many members");
  }
  RingOffer offer{.hash_seed = in.hash_seed(), .ring = in.ring()};
  for (const v1::MemberAddresses& member : in.members()) {
    auto addresses = read(member);
    if (!addresses) return std::unexpected(addresses.error());
    offer.members.push_back(*std::move(addresses));
  }
  return offer;
}

std::string proof_of(Spoken what, const v1::Introduction& said, std::string_view secret) {
  std::string text =
      what == Spoken::question ? "kv introduce 1, question" : "kv introduce 1, answer";
  text += said.nonce();
  text += said.body();
  return keyed_sum(secret, text);
}

}  // namespace

std::string question_bytes(const WhoAreYou& question) {
  v1::WhoAreYou out;
  out.set_round(question.round);
  write(*out.mutable_from(), question.from);
  if (question.cluster) out.set_cluster(question.cluster->raw());
  out.set_founds(question.founds);
  out.set_visits(question.visits);
  if (question.refound) write(*out.mutable_refound(), *question.refound);
  return out.SerializeAsString();
}

std::string answer_bytes(const IAm& answer) {
  v1::IAm out;
  out.set_round(answer.round);
  out.set_to_boot(answer.to_boot);
  write(*out.mutable_from(), answer.from);
  if (answer.cluster) out.set_cluster(answer.cluster->raw());
  out.set_has_begun(answer.has_begun);
  for (const std::string& name : answer.expects) out.add_expects(name);
  write(*out.mutable_plan(), answer.plan);
  if (answer.offer) write(*out.mutable_offer(), *answer.offer);
  if (answer.refound) write(*out.mutable_refound(), *answer.refound);
  if (answer.other_life) out.set_other_life(*answer.other_life);
  return out.SerializeAsString();
}

Result<WhoAreYou> parse_question(std::string_view bytes) {
  v1::WhoAreYou in;
  const bool is_one = bytes.size() <= kQuestionBytesMax &&
                      in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (!is_one) return odd("this is no question");
  auto from = read(in.from());
  if (!from) return std::unexpected(from.error());
  WhoAreYou question{.round = in.round(),
                     .from = *std::move(from),
                     .founds = in.founds(),
                     .visits = in.visits()};
  if (in.has_cluster()) question.cluster = ClusterId{in.cluster()};
  if (!in.has_refound()) return question;
  auto refound = read(in.refound());
  if (!refound) return std::unexpected(refound.error());
  question.refound = *std::move(refound);
  return question;
}

Result<IAm> parse_answer(std::string_view bytes) {
  v1::IAm in;
  const bool is_one = bytes.size() <= kAnswerBytesMax &&
                      in.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (!is_one) return odd("this is no answer");
  auto from = read(in.from());
  if (!from) return std::unexpected(from.error());
  const auto plan = read(in.plan());
  if (!plan) return std::unexpected(plan.error());
  IAm answer{.round = in.round(),
             .to_boot = in.to_boot(),
             .from = *std::move(from),
             .has_begun = in.has_begun(),
             .plan = *plan};
  if (in.has_cluster()) answer.cluster = ClusterId{in.cluster()};
  if (static_cast<std::size_t>(in.expects_size()) > kMembersMax) {
    return odd("it expects too many");
  }
  for (const std::string& name : in.expects()) {
    if (!is_name(name)) return odd("a name has 1 to 255 bytes");
    answer.expects.push_back(name);
  }
  if (in.has_other_life()) {
    if (in.other_life().size() > kAddressBytesMax) return odd("an address is too long");
    answer.other_life = in.other_life();
  }
  if (in.has_refound()) {
    auto refound = read(in.refound());
    if (!refound) return std::unexpected(refound.error());
    answer.refound = *std::move(refound);
  }
  if (!in.has_offer()) return answer;
  auto offer = read(in.offer());
  if (!offer) return std::unexpected(offer.error());
  answer.offer = *std::move(offer);
  return answer;
}

v1::Introduction introduction(Spoken what, std::string body, std::string nonce,
                              std::string_view secret) {
  v1::Introduction said;
  said.set_body(std::move(body));
  said.set_nonce(std::move(nonce));
  if (!secret.empty()) said.set_proof(proof_of(what, said, secret));
  return said;
}

Result<void> check(Spoken what, const v1::Introduction& said, std::string_view secret) {
  const std::size_t body_max =
      what == Spoken::question ? kQuestionBytesMax : kAnswerBytesMax;
  if (said.body().empty() || said.body().size() > body_max ||
      said.nonce().size() != kNonceBytes) {
    return odd("of a length that it cannot have");
  }
  if (secret.empty() && said.proof().empty()) return {};
  if (secret.empty()) {
    return fail(
        Errc::conflict,
        "introduction of a node: it has a secret, and this one none: give all the "
        "same");
  }
  if (!same_bytes(said.proof(), proof_of(what, said, secret))) {
    return fail(
        Errc::conflict,
        "introduction of a node: it does not know the cluster's secret: check its "
        "secret file");
  }
  return {};
}

}  // namespace kv
