#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "app/post_queue.h"
#include "base/str.h"
#include "proto/http1/field.h"

namespace trivet::app {

// What lies behind the head of a posted record, which PostQueue::push() has checked.

// A length and its bytes; moves past them.
inline Str take_packed(const char*& at) {
    std::uint32_t size = 0;
    std::memcpy(&size, at, sizeof size);
    const Str text(at + sizeof size, size);
    at += sizeof size + size;
    return text;
}

using Fields = std::span<const http1::HeaderView>;

inline Fields unpack(const ReplyRecord& record, const char* at, http1::HeaderView* fields) {
    for (std::uint32_t index = 0; index < record.header_count; ++index) {
        const Str name = take_packed(at);
        const Str value = take_packed(at);
        fields[index] = {name, value};
    }
    return Fields{fields, record.header_count};
}

inline std::string_view body_of(const ReplyRecord& record, const char* bytes) {
    return {bytes + record.headers_bytes, static_cast<std::size_t>(record.body_bytes)};
}

}  // namespace trivet::app
