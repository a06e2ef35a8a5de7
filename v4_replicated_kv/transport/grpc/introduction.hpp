// Formation's question and answer, as kv.v1 carries them.
//
// Idea      what is proved is bytes, and protobuf has no one spelling: so the message is
//           serialized first, and the proof is of that.
// Breaks if  a proof is good for something else: the label says which of the two it is of, and
//            the nonce which question an answer is to.
// Breaks if  what is announced is believed: lists and texts have limits, and numbers that name
//            something (a policy) are looked at before they are used.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <kv/v1/peer.pb.h>

#include "common/base/result.hpp"
#include "v4_replicated_kv/membership/formation_messages.hpp"

namespace kv {

inline constexpr std::size_t kQuestionBytesMax = std::size_t{3} << 20;
inline constexpr std::size_t kAnswerBytesMax = std::size_t{4} << 20;
inline constexpr std::size_t kAddressBytesMax = 300;
inline constexpr std::size_t kNonceBytes = 16;

// As messages. Errc::corrupt, with what is wrong, for bytes that the first two do not make of
// something that makes sense.
[[nodiscard]] std::string question_bytes(const WhoAreYou& question);
[[nodiscard]] std::string answer_bytes(const IAm& answer);
[[nodiscard]] Result<WhoAreYou> parse_question(std::string_view bytes);
[[nodiscard]] Result<IAm> parse_answer(std::string_view bytes);

// Which of the two a proof is of.
enum class Spoken { question, answer };

// With its proof, where there is a secret.
[[nodiscard]] v1::Introduction introduction(Spoken what, std::string body,
                                            std::string nonce, std::string_view secret);

// Whether it comes from somebody who knows the secret, and has the right lengths. corrupt for
// the lengths, conflict for the proof; or for one where there is no secret here.
[[nodiscard]] Result<void> check(Spoken what, const v1::Introduction& said,
                                 std::string_view secret);

}  // namespace kv
