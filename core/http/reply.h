#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/status_gen.h"
#include "proto/http1/field.h"

namespace trivet::http {

// The ABI's TRIVET_CONTENT_*.
enum class Content : std::uint32_t {
    none = 0,
    text = 1,
    html = 2,
    json = 3,
    bytes = 4,
    problem = 5,
    xml = 6
};
inline constexpr std::uint32_t kContentCount = 7;
inline constexpr std::size_t kReplyFieldsMax = 1000;

// A whole response by reference.
struct Reply {
    std::uint32_t status = 200;
    Content content = Content::none;
    std::span<const http1::HeaderView> fields;
    std::string_view body;
};

std::string_view content_type(Content content) noexcept;

// Refuses what must not leave: a status outside 200-599 (argument), a name or value with forbidden
// bytes or a field the engine writes itself (header).
Status check_reply(const Reply& reply) noexcept;

}  // namespace trivet::http
