#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace trivet::url {

// RFC 9112 section 3.2.
enum class TargetForm : std::uint8_t { origin, absolute, authority, asterisk };

// A request target by reference. `path` is raw and begins with '/' in origin and absolute form
// ("/" when an absolute target has none), is "*" in asterisk form and empty in authority form.
struct Target {
    std::string_view path;
    std::string_view query;      // without the question mark
    std::string_view authority;  // host[:port] of absolute and authority form
    TargetForm form = TargetForm::origin;
    bool has_query = false;
    bool has_escapes = false;  // a '%' in path, query or authority: without one nothing is decoded
};

// Splits a target, which must be as RFC 9112 wants it for the method: authority form for CONNECT
// only,
// "*" for OPTIONS only, absolute form with http or https, a host and no userinfo. No fragment, no
// space, no control or 8-bit byte. nullopt: 400.
std::optional<Target> parse_target(std::string_view target, std::string_view method) noexcept;

}  // namespace trivet::url
