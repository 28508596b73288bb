#pragma once

#include <cstdint>

namespace trivet::http1 {

// Bytes [offset, offset + size) counted from the head's first byte, the first one of the method.
struct Span {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
};

struct Field {
    Span name;
    Span value;  // without surrounding white space
};

struct HeadLimits {
    std::uint32_t target_bytes_max;  // beyond it 414
    std::uint32_t head_bytes_max;    // request line and header section together; beyond it 431
    std::uint32_t header_count_max;  // beyond it 431
};

// What a head says. Filled in by RequestParser; the fields live as long as the parser is not reset.
struct RequestHead {
    Span method;
    Span target;
    std::uint32_t head_size = 0;  // from the method's first byte to the end of the empty line
    std::uint8_t version = 0;     // 10 or 11
    bool keep_alive = false;
    bool chunked = false;
    bool has_content_length = false;
    bool expects_continue = false;
    bool has_upgrade = false;  // an Upgrade field was sent; the request is a plain one all the same
    std::uint64_t content_length = 0;
    const Field* fields = nullptr;
    std::uint32_t field_count = 0;
};

}  // namespace trivet::http1
