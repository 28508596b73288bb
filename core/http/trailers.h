#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/buffer.h"
#include "base/str.h"
#include "proto/http1/field.h"

namespace trivet::http {

// The trailer fields of a request as they arrive, piece by piece, without those that RFC 9110
// section 6.5.1 keeps out. In memory of its own, because the arena may be in use by another thread
// then. Loop thread only until the content has ended; not changed afterwards.
class Trailers {
public:
    // More are dropped, which RFC 9110 section 6.5.1 leaves open; their bytes are bounded by
    // head_bytes_max.
    static constexpr std::size_t kTrailersMax = 32;

    explicit Trailers(BlockPool& pool) noexcept : text_(pool) {}
    Trailers(const Trailers&) = delete;
    Trailers& operator=(const Trailers&) = delete;

    // Takes a piece of a name or a value; `is_end`: of its last. False when memory is out.
    bool add(std::string_view piece, bool is_name, bool is_end) noexcept;
    bool is_full() const noexcept { return is_full_; }
    // After the last piece.
    void finish() noexcept;
    std::span<const http1::HeaderView> fields() const noexcept { return {fields_, kept_}; }

private:
    // Of a field's name and value within text_.
    struct Place {
        std::size_t name = 0;
        std::size_t value = 0;
        std::size_t end = 0;
    };

    Buffer text_;
    Place places_[kTrailersMax];
    http1::HeaderView fields_[kTrailersMax];
    std::size_t count_ = 0;
    std::size_t kept_ = 0;
    bool is_in_name_ = false;
    bool is_full_ = false;
};

}  // namespace trivet::http
