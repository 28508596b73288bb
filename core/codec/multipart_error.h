#pragma once

#include <cstdint>
#include <string_view>

namespace trivet::codec {

// Why a multipart body is refused.
enum class MultipartError : std::uint8_t {
    // The request's head.
    media_type,
    boundary,
    // The body is malformed.
    delimiter,
    head,
    disposition,
    name_missing,
    text,
    transfer_encoding,
    truncated,
    // A limit, by its name.
    parts,
    part_head_bytes,
    part_fields,
    name_bytes,
    filename_bytes,
    form_bytes,
    file_bytes,
    body_bytes,
    memory,
};

// One line for people.
std::string_view message(MultipartError error) noexcept;

// What to answer: 400, 413, 415, or 503 when memory is out.
unsigned status_of(MultipartError error) noexcept;

}  // namespace trivet::codec
