#pragma once

#include <expected>
#include <string_view>

#include "base/arena.h"
#include "base/status_gen.h"

namespace trivet::url {

// Percent-decodes a path or one of its segments; '+' stays. Gives the input itself when nothing is
// encoded, else bytes in the arena. Fails: Status::argument for a malformed escape and for %00
// (answer 400), Status::memory.
std::expected<std::string_view, Status> path_decode(std::string_view raw, Arena& arena) noexcept;

// Decodes a name or value of application/x-www-form-urlencoded as the WHATWG URL Standard says: '+'
// is a space, a malformed escape stands for itself. Gives the input itself when nothing is encoded,
// else bytes in the arena. Fails: Status::memory.
std::expected<std::string_view, Status> form_decode(std::string_view raw, Arena& arena) noexcept;

// Whether `raw` form-decodes to `decoded`; takes no memory.
bool form_equal(std::string_view raw, std::string_view decoded) noexcept;

}  // namespace trivet::url
