#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "proto/http1/field.h"

namespace trivet::http1 {

// Content in chunks, RFC 9112 section 7.1: for each piece its head, the piece and kChunkEnd; at the
// end write_last_chunk.
inline constexpr std::size_t kChunkHeadBytesMax = 18;
inline constexpr std::string_view kChunkEnd = "\r\n";
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";  // without trailer fields

// Writes the head of a chunk of `size` bytes, gives the end. An empty piece is no chunk, for an
// empty chunk would end the content: nothing is written then, and neither may kChunkEnd be.
char* write_chunk_head(char* out, std::uint64_t size) noexcept;

// Whether a field may stand behind the content, RFC 9110 section 6.5.1: none about framing,
// routing, conditions, authentication, cookies or control of the response, and none about the
// content but its digest.
bool is_trailer_field_allowed(std::string_view name) noexcept;

// Bytes that write_last_chunk writes.
std::size_t last_chunk_size(std::span<const HeaderView> trailers) noexcept;

// The last chunk with trailer fields, each of an allowed name and a valid value; gives the end.
char* write_last_chunk(char* out, std::span<const HeaderView> trailers) noexcept;

}  // namespace trivet::http1
