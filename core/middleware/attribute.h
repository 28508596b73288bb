#pragma once

#include <optional>
#include <string_view>

#include "http/exchange.h"

namespace trivet::middleware {

// What middleware knows of a request: request_id, traceparent, trace_id, span_id, parent_id,
// trace_flags, trace_state, nonce, and of its principal scheme, subject, scope and claims (an
// object of JSON). nullopt when none of its chain has found it out.
std::optional<std::string_view> attribute(const http::Exchange& exchange,
                                          std::string_view name) noexcept;

}  // namespace trivet::middleware
