// The object that a body is.
//
// Breaks if  a name that stands there twice is taken once: of two readers one has the first
//            value and the other the last. Nor is a name passed over that nobody asked for.
// Source     RFC 8259, section 4: what such an object means is left open.
#pragma once

#include <span>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/storage_ptr.hpp>
#include <boost/json/string_view.hpp>
#include <boost/json/value.hpp>

#include "v4_replicated_kv/api/http/refusal.hpp"

namespace kv::http {

// What a request's body is like.
struct BodyForm {
  std::span<const std::string_view> fields;  // and no others
  std::string_view example;                  // for who sent something else
  bool may_be_bytes = false;                 // if its media type says so
};

[[nodiscard]] inline std::string_view std_view(boost::json::string_view text) {
  return {text.data(), text.size()};
}

[[nodiscard]] OrRefused<void> only_known(const boost::json::object& object,
                                         std::span<const std::string_view> known);

// The whole of `text`, in the memory of `room`.
[[nodiscard]] OrRefused<boost::json::value> read_object(std::string_view text,
                                                        const BodyForm& form,
                                                        boost::json::storage_ptr room);

}  // namespace kv::http
