#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schema/document.h"

namespace trivet::schema {

// JSON Pointer, RFC 6901.

// A token behind its slash.
std::string pointer_token(std::string_view name);
// Finds what `pointer`, the fragment of a URI, leads to. False: nothing stands there. Start-up
// only.
bool find_pointer(const Document& document, std::string_view pointer, std::uint32_t& node);

}  // namespace trivet::schema
