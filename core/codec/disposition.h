#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

namespace trivet::codec {

enum class DispositionError : std::uint8_t { malformed, name_missing, text };

// What the Content-Disposition field of a form's part says, decoded.
struct Disposition {
    std::string_view name;
    std::string_view filename;  // as sent, which may be a path: never one to write to
    bool has_filename = false;
};

// Reads `form-data; name=…; filename=…; filename*=…`, RFC 7578 section 4.2. In quoted strings, `\"`
// and `\\` are decoded, and %22, %0D and %0A, which are how browsers write a quote, CR and LF
// (WHATWG HTML, multipart form data). filename* (RFC 8187, UTF-8 alone) beats filename. `room`
// takes what is decoded: as many bytes as `field` has are enough. Fails: text when a name is not
// UTF-8 or holds NUL, name_missing, malformed for everything else, repetitions and other types
// among it.
std::expected<Disposition, DispositionError> parse_disposition(std::string_view field,
                                                               char* room) noexcept;

// Writes `attachment; filename="…"; filename*=UTF-8''…` for a file that is to be saved under a
// name, RFC 6266, and gives the end. The first form has '_' for what is not ASCII or could end it;
// the second, which is left out where the first says all, has every byte.
std::size_t disposition_size_max(std::string_view name) noexcept;
char* write_attachment(char* out, std::string_view name) noexcept;

}  // namespace trivet::codec
