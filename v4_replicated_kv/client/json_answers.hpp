// What a node says in JSON, as the client's own words.
//
// Breaks if  an answer that is not as documented is believed: it becomes a Failure with the
//            code "bad_answer", and of a write nobody knows.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "v4_replicated_kv/client/client.hpp"

namespace kv {

[[nodiscard]] Answered<WriteResult> written_in(const HttpAnswer& answer);
[[nodiscard]] Answered<ReadResult> found_in(const HttpAnswer& answer);
[[nodiscard]] Answered<KeyPage> key_page_in(const HttpAnswer& answer);
[[nodiscard]] Answered<std::vector<BatchResult>> batch_results_in(
    const HttpAnswer& answer, std::size_t expected);

// Of an answer with an error's status.
[[nodiscard]] Failure failure_in(const HttpAnswer& answer);

[[nodiscard]] std::string batch_json(const std::vector<BatchOperation>& operations);

}  // namespace kv
