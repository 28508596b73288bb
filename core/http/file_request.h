#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "http/file_load.h"
#include "http/file_mount.h"
#include "proto/http1/field.h"

namespace trivet::http {

class Exchange;

// A file that is to be sent: of a mount, or of a handler's choice.
struct FileRequest {
    const FileMount* mount = nullptr;
    std::string_view directory;  // the path must not leave it; empty: the path is the program's own
    std::string_view path;
    std::string_view content_type;   // empty: by the extension
    std::string_view download_name;  // to be saved as; empty: to be shown
    std::string_view cache_control;  // empty: none
    std::span<const http1::HeaderView> fields;
    std::uint32_t status = 200;  // of another, the whole file is sent, whatever was asked
    bool follows_symlinks = true;
    bool has_dot_files = false;
    bool has_variants = false;
    bool is_fallback = false;  // the path is the mount's fallback
    std::uint8_t finds = 0;    // how often it has been looked for
};

// A request of which the head's fields are of no use to files has none of these.
struct FileConditions {
    bool has_preconditions = false;
    bool has_range = false;
    bool has_codings = false;
};
FileConditions conditions_of(const Exchange& exchange) noexcept;

// The lines of a field, as many as there is room for.
inline constexpr std::size_t kFieldLinesMax = 16;
using FieldLines = std::array<std::string_view, kFieldLinesMax>;
std::span<const std::string_view> lines_of(const Exchange& exchange, std::string_view name,
                                           FieldLines& room) noexcept;

// Every coding that the client takes, from the one it wants most, with identity at the end.
struct CodingOrder {
    std::array<std::uint8_t, kFileCodings> items{};
    std::uint8_t count = 0;
};
CodingOrder order_codings(const Exchange& exchange, bool has_variants) noexcept;

// Copies a request's texts into the exchange, which has yet to be answered. False when memory is
// out.
bool keep_request(Exchange& exchange, FileRequest& request) noexcept;

// The path of a request's target behind so many names, as it came. False when it ends before that.
bool raw_rest(const Exchange& exchange, std::size_t names, std::string_view& rest) noexcept;
// "./name/?query" for a directory that was asked for without its slash: relative, so that it cannot
// lead to another host. Empty when memory is out.
std::string_view slash_location(Exchange& exchange) noexcept;

}  // namespace trivet::http
