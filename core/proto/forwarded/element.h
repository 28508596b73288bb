#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "proto/forwarded/node.h"

namespace trivet::forwarded {

// Walks the elements of a list from its end, several field lines as one list: what comes last was
// added by whoever is nearest. It has to be read from there: whatever a client has left open in
// front, the last element reads as the proxy wrote it. Linear in the bytes.
class ElementCursor {
public:
    // `has_strings`: a comma within quotes ends no element.
    ElementCursor(std::span<const std::string_view> lines, bool has_strings) noexcept
        : lines_(lines), has_strings_(has_strings) {}

    // Without white space around it; empty elements are passed over, RFC 9110 section 5.6.1. Of a
    // string that has no beginning all is given that is in front of it on its line. False at the
    // end.
    bool next(std::string_view& element) noexcept;

private:
    std::string_view take_last() noexcept;

    std::span<const std::string_view> lines_;
    std::string_view rest_;
    const bool has_strings_;
};

// An element of Forwarded, RFC 7239 section 4.
struct Element {
    std::optional<Node> node;  // of its "for"
    std::string_view scheme;   // "http" or "https" of its "proto", else empty
    std::string_view host;     // is_authority, or empty
};

// nullopt: malformed, or a parameter comes twice. Parameters that are not known are passed over, as
// is "by", which says who we are. Views point into `text`, or at literals.
std::optional<Element> parse_element(std::string_view text) noexcept;

// "http" or "https" for the name of a scheme, ws and wss among them, which begin as HTTP; else
// empty.
std::string_view scheme_named(std::string_view name) noexcept;

}  // namespace trivet::forwarded
