#include "middleware/attribute.h"

namespace trivet::middleware {
namespace {

using Text = std::optional<std::string_view>;

Text unless_empty(std::string_view text) noexcept {
    return text.empty() ? std::nullopt : Text(text);
}

// A part of the traceparent: 00-<32 digits>-<16 digits>-<2 digits>.
template <std::size_t At, std::size_t Size>
Text part_of_trace(const http::ChainNotes& notes) noexcept {
    static_assert(At + Size <= http::kTraceparentBytes);
    return notes.has_trace ? Text(std::string_view(notes.traceparent + At, Size)) : std::nullopt;
}

template <Str http::Principal::* Member>
Text of_principal(const http::ChainNotes& notes) noexcept {
    return notes.principal != nullptr ? Text(notes.principal->*Member) : std::nullopt;
}

struct Attribute {
    std::string_view name;
    Text (*get)(const http::ChainNotes& notes) noexcept;
};

constexpr Attribute kAttributes[] = {
    {"request_id",
     [](const http::ChainNotes& notes) noexcept { return unless_empty(notes.request_id); }},
    {"traceparent", part_of_trace<0, 55>},
    {"trace_id", part_of_trace<3, 32>},
    {"span_id", part_of_trace<36, 16>},
    {"trace_flags", part_of_trace<53, 2>},
    {"parent_id",
     [](const http::ChainNotes& notes) noexcept { return unless_empty(notes.parent_id); }},
    {"trace_state",
     [](const http::ChainNotes& notes) noexcept { return unless_empty(notes.trace_state); }},
    {"nonce",
     [](const http::ChainNotes& notes) noexcept {
         return notes.has_nonce ? Text(std::string_view(notes.nonce, sizeof notes.nonce))
                                : std::nullopt;
     }},
    {"scheme", of_principal<&http::Principal::scheme>},
    {"subject", of_principal<&http::Principal::subject>},
    {"scope", of_principal<&http::Principal::scope>},
    {"claims", of_principal<&http::Principal::claims>},
};

}  // namespace

Text attribute(const http::Exchange& exchange, std::string_view name) noexcept {
    if (exchange.chain == nullptr) {
        return std::nullopt;
    }
    for (const Attribute& known : kAttributes) {
        if (known.name == name) {
            return known.get(exchange.notes);
        }
    }
    return std::nullopt;
}

}  // namespace trivet::middleware
