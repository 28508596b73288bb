#pragma once

#include <optional>
#include <string_view>

namespace trivet::middleware {

// The parts of a traceparent field, W3C Trace Context section 3.2.
struct Traceparent {
    std::string_view trace_id;   // 32 digits, not all 0
    std::string_view parent_id;  // 16 digits, not all 0
    bool is_sampled;
};

// Of version 00, or what a later one has in common with it; nullopt when it breaks the rules.
std::optional<Traceparent> parse_traceparent(std::string_view text) noexcept;

}  // namespace trivet::middleware
